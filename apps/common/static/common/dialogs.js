// What a dialog says when no dialog comes back, so that what was typed stays, and where the keyboard is in it.

const place = (target) => target?.closest?.("#modal-content");

function sentences(name) {
    const said = document.getElementById("dialog-sentences").content;
    const found = said.querySelector(`[data-case="${name}"]`) ?? said.querySelector("[data-case=other]");
    return { name: found.dataset.case, title: found.querySelector("dt").textContent, advice: found.querySelector("dd").textContent };
}

// The office's own pages say what went wrong; anything else (the proxy, another page) is told by its status.
function failureOf(status, html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    if (page.getElementById("login-form")) {
        return { ...sentences("signed-out"), isSignedOut: true };
    }
    const title = page.querySelector("main > .status + h1");
    if (title) {
        return {
            title: title.textContent,
            advice: title.nextElementSibling?.textContent ?? "",
            request: page.querySelector("main dl code")?.textContent,
        };
    }
    return sentences(status >= 400 ? String(status) : "elsewhere");
}

const copy = (id) => document.getElementById(id).content.cloneNode(true);

function say(failure) {
    const dialog = document.querySelector("#modal-content #dialog");
    dialog.querySelector("#dialog-failed")?.remove();
    const note = copy("dialog-failure").firstElementChild;
    note.querySelector(".title").textContent = failure.title;
    note.querySelector(".advice").textContent = failure.advice;
    note.querySelector(".sign-in").hidden = !failure.isSignedOut;
    note.querySelector(".request").hidden = !failure.request;
    note.querySelector(".office-code").textContent = failure.request ?? "";
    dialog.querySelector("#dialog-form").prepend(note);
    // Whoever signs in again, or waited for too long, needs a new mark of the form to send it.
    dialog.querySelector("form")?.setAttribute("data-stale", "");
    note.focus();
}

function fail(target, opener, failure) {
    const isOpening = target.id === "modal-content";
    if (isOpening) {
        target.replaceChildren(copy("dialog-frame"));
    }
    // Nothing was typed or sent yet, so nothing of either is said.
    say(isOpening && ["no-answer", "other"].includes(failure.name) ? sentences("not-opened") : failure);
    // Without an answer htmx does not say that it has loaded, at which the dialog opens.
    opener?.dispatchEvent(new CustomEvent("htmx:after-on-load", { bubbles: true }));
}

document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, xhr, isError, serverResponse } = event.detail;
    if (!place(target) || xhr.status === 204) {
        return;
    }
    const wanted = { "modal-content": "#dialog", "dialog-form": "#dialog-form" }[target.id];
    const page = new DOMParser().parseFromString(serverResponse, "text/html");
    if (isError || (wanted && !page.querySelector(wanted))) {
        event.detail.shouldSwap = false;
        fail(target, null, failureOf(xhr.status, serverResponse));
    }
});

for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
        const { target, elt } = event.detail;
        if (place(target)) {
            fail(target, target.id === "modal-content" ? elt : null, sentences("no-answer"));
        }
    });
}

// Take the mark that belongs to the sign-in of now, unless it is somebody else's.
async function renew(form) {
    const answer = await fetch(form.getAttribute("hx-post"), { headers: { "HX-Request": "true" } });
    const html = await answer.text();
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("dialog");
    if (!fresh) {
        return failureOf(answer.status, html);
    }
    if (fresh.dataset.person !== form.closest("#dialog").dataset.person) {
        return sentences("somebody-else");
    }
    form.elements.csrfmiddlewaretoken.value = fresh.querySelector("[name=csrfmiddlewaretoken]").value;
    return null;
}

document.addEventListener("htmx:confirm", async (event) => {
    const form = event.target;
    if (!form.matches?.("#dialog > form[data-stale]")) {
        return;
    }
    event.preventDefault();
    if (form.hasAttribute("data-renewing")) {
        return;
    }
    form.setAttribute("data-renewing", "");
    const failure = await renew(form).catch(() => sentences("no-answer"));
    form.removeAttribute("data-renewing");
    if (failure) {
        say(failure);
    } else {
        form.removeAttribute("data-stale");
        event.detail.issueRequest(true);
    }
});

// The keyboard is in the dialog as soon as it is open, and at what was refused when it comes back.
const FIELDS = "input:not([type=hidden]), select, textarea, .select2-selection, button, a[href]";

function enter(dialog) {
    if (!dialog || dialog.matches(":focus-within")) {
        return;
    }
    const seen = [...dialog.querySelectorAll(FIELDS)].filter((field) => field.checkVisibility());
    const refused = seen.find((field) => field.matches("[aria-invalid=true]"));
    (refused ?? seen.find((field) => field.autofocus) ?? seen[0])?.focus();
}

document.addEventListener("htmx:afterOnLoad", (event) => {
    if (place(event.detail.target)) {
        // Alpine shows the dialog first; what is not shown takes no focus.
        setTimeout(() => enter(document.querySelector("#modal-content #dialog")), 50);
    }
});
