// The desk without a mouse. The server decides what a text means; this sends the texts one after the other, moves the
// focus, and lets keys press the buttons that the page shows.
document.addEventListener("DOMContentLoaded", () => {
    const form = document.getElementById("desk-form");
    const field = document.getElementById("desk-field");
    const options = document.getElementById("desk-options");
    const said = document.getElementById("desk-said");
    const help = document.getElementById("desk-help");
    // A scanner is quicker than the office: what it types meanwhile waits its turn, and so does a key after it.
    const waiting = [];
    // Refusals of a row of scans, which the answer to the next one would wipe away.
    let refusals = [];
    let underway = null;
    let isPosting = false;
    let asked = null;
    let active = -1;

    const rows = () => [...options.querySelectorAll("[role=option]")];

    function choose(place) {
        const found = rows();
        active = found.length ? (place + found.length) % found.length : -1;
        found.forEach((row, number) => row.setAttribute("aria-selected", String(number === active)));
        if (active >= 0) {
            field.setAttribute("aria-activedescendant", found[active].id);
            found[active].scrollIntoView({ block: "nearest" });
        } else {
            field.removeAttribute("aria-activedescendant");
        }
    }

    function closeOptions() {
        htmx.trigger(field, "htmx:abort");
        options.replaceChildren();
        field.setAttribute("aria-expanded", "false");
        choose(0);
    }

    const isBusy = () => underway !== null || isPosting;

    function send() {
        if (isBusy()) {
            return;
        }
        if (waiting.length) {
            underway = waiting.shift();
            htmx.trigger(form, "desk-scan");
        } else if (asked) {
            const button = document.querySelector(`button[data-key="${asked}"]`);
            asked = null;
            button?.click();
        }
    }

    document.body.addEventListener("htmx:configRequest", (event) => {
        if (event.detail.elt === form) {
            event.detail.parameters.scan = underway;
        }
    });

    document.body.addEventListener("htmx:beforeRequest", (event) => {
        const isPost = event.detail.requestConfig.verb === "post";
        if (isPost || event.detail.elt === form) {
            // What it would show is older than what this will.
            htmx.trigger("#desk-changes", "htmx:abort");
        }
        isPosting ||= isPost;
    });

    document.addEventListener("change", (event) => {
        if (event.target.closest("#desk-counter") && event.target.matches("[type=checkbox], #desk-until, #desk-purpose")) {
            htmx.trigger("#desk-changes", "desk-changed");
        }
    });

    function scan(text) {
        field.value = "";
        closeOptions();
        field.focus();
        if (text.trim()) {
            waiting.push(text.trim());
        }
        send();
    }
    document.addEventListener("desk:scanned", (event) => scan(event.detail));

    form.addEventListener("submit", (event) => {
        event.preventDefault();
        const chosen = rows()[active];
        scan(chosen ? chosen.dataset.scan : field.value);
    });

    document.body.addEventListener("htmx:afterRequest", (event) => {
        const isPost = event.detail.requestConfig.verb === "post";
        const isScan = event.detail.requestConfig.elt === form;
        if (!isPost && !isScan) {
            return;
        }
        const text = isScan ? underway : "";
        underway = isScan ? null : underway;
        isPosting = isPost ? false : isPosting;
        if (!event.detail.successful) {
            const sentence = document.createElement("p");
            sentence.className = "desk-said refused";
            sentence.textContent = form.dataset.lost;
            said.replaceChildren(sentence);
            asked = null;
            if (isScan) {
                waiting.unshift(text);
            }
            return;
        }
        const refused = [...said.querySelectorAll(".refused")];
        said.prepend(...refusals);
        refusals = waiting.length ? [...refusals, ...refused] : [];
        if (refused.length) {
            asked = null;
            // What was not understood stays in the field, marked, so that the next scan replaces it.
            if (text && !field.value && !waiting.length) {
                field.value = text;
                field.select();
            }
        }
        // Not before the library has let go of this request: it would keep the next one waiting.
        setTimeout(send);
    });

    document.body.addEventListener("htmx:afterSettle", (event) => {
        if (event.target === options) {
            active = -1;
            field.setAttribute("aria-expanded", String(rows().length > 0));
            field.removeAttribute("aria-activedescendant");
        } else if (event.target.id === "desk-place" && !document.activeElement?.closest("#desk-counter")) {
            field.focus();
        }
    });

    document.addEventListener("click", (event) => {
        const pick = event.target.closest("[data-scan]");
        if (pick) {
            event.preventDefault();
            scan(pick.dataset.scan);
        } else if (event.target.closest("#desk-keys")) {
            help.showModal();
        }
    });

    // The page is hidden until its other scripts are ready, and what is hidden takes no focus.
    const begin = () => document.activeElement === document.body && field.focus();
    document.addEventListener("alpine:initialized", () => setTimeout(begin));
    window.addEventListener("load", () => setTimeout(begin));

    function step(event) {
        if (event.key === "Escape") {
            rows().length ? closeOptions() : (field.value = "");
        } else if (rows().length) {
            choose(event.key === "ArrowDown" ? active + 1 : Math.max(active, 0) - 1);
        }
        event.preventDefault();
    }

    function walk(event, from) {
        const picks = [...document.querySelectorAll(".desk-picks a")];
        const place = from ? picks.indexOf(from) + (event.key === "ArrowUp" ? -1 : 1) : 0;
        picks[(place + picks.length) % picks.length]?.focus();
        event.preventDefault();
    }

    // For keyboards on which F-keys do something else.
    const letters = { KeyH: "F8", KeyT: "F9", KeyL: "F10" };

    function press(event) {
        const key = (event.altKey && letters[event.code]) || event.key;
        const isDeed = Object.values(letters).includes(key);
        const named = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
        if (isDeed && isBusy()) {
            asked = key;
        } else if (named) {
            named.matches("input") ? named.select() : named.click();
        }
        // Also when there is nothing to do: the browser means something else by these keys.
        const isOurs = isDeed || /^F[2347]$/.test(key);
        if (isOurs) {
            event.preventDefault();
        }
        return isOurs;
    }

    document.addEventListener("keydown", (event) => {
        const at = event.target;
        if (document.querySelector("dialog[open]") || event.ctrlKey || event.metaKey) {
            return;
        }
        if (at === field && ["ArrowDown", "ArrowUp", "Escape"].includes(event.key)) {
            step(event);
        } else if (event.key === "F2") {
            field.focus();
            field.select();
            event.preventDefault();
        } else if (event.key === "F6") {
            walk(event, null);
        } else if (at.closest(".desk-picks") && ["ArrowDown", "ArrowUp"].includes(event.key)) {
            walk(event, at);
        } else if (event.key === "?" && !field.value && (at === field || !at.matches("input, select, textarea"))) {
            help.showModal();
            event.preventDefault();
        } else if (event.key === "Enter" && at.closest("#desk-counter") && at.matches("input, select")) {
            // It ends what is typed; only the buttons do a deed.
            event.preventDefault();
            field.focus();
        } else if (!press(event) && event.key.length === 1 && event.key !== " " && !event.altKey && !at.matches("input, select, textarea")) {
            field.focus();
        }
    });
});
