// The desk without a mouse. The server decides what a text means; this sends the texts one after the other, moves the
// focus, and lets keys press the buttons that the page shows.
document.addEventListener("DOMContentLoaded", () => {
    const form = document.getElementById("desk-form");
    const field = document.getElementById("desk-field");
    const sent = document.getElementById("desk-scan");
    const options = document.getElementById("desk-options");
    const said = document.getElementById("desk-said");
    const help = document.getElementById("desk-help");
    // A scanner is quicker than the office: what it types meanwhile waits its turn.
    const waiting = [];
    let underway = null;
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

    function send() {
        if (underway !== null || !waiting.length) {
            return;
        }
        underway = waiting.shift();
        sent.value = underway;
        // Only while it is sent: the two fields have one name.
        sent.disabled = false;
        field.disabled = true;
        htmx.trigger(form, "desk-scan");
        sent.disabled = true;
        field.disabled = false;
        field.focus();
    }

    function scan(text) {
        field.value = "";
        closeOptions();
        field.focus();
        if (text.trim()) {
            waiting.push(text.trim());
            send();
        }
    }
    document.addEventListener("desk:scanned", (event) => scan(event.detail));

    form.addEventListener("submit", (event) => {
        event.preventDefault();
        const chosen = rows()[active];
        scan(chosen ? chosen.dataset.scan : field.value);
    });

    document.body.addEventListener("htmx:afterRequest", (event) => {
        if (event.detail.elt !== form) {
            return;
        }
        const text = underway;
        underway = null;
        const isLost = !event.detail.successful;
        if (isLost) {
            waiting.length = 0;
            const sentence = document.createElement("p");
            sentence.className = "desk-said refused";
            sentence.textContent = form.dataset.lost;
            said.replaceChildren(sentence);
        }
        // What was not understood stays in the field, marked, so that the next scan replaces it.
        if ((isLost || said.querySelector(".refused")) && !field.value) {
            field.value = text;
            field.select();
        }
        send();
    });

    document.body.addEventListener("htmx:afterSettle", (event) => {
        if (event.target === options) {
            const isOpen = rows().length > 0;
            field.setAttribute("aria-expanded", String(isOpen));
            choose(-1 - rows().length);
            active = -1;
            rows().forEach((row) => row.setAttribute("aria-selected", "false"));
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

    function press(event) {
        const keys = [...document.querySelectorAll("[data-key]")];
        const named = keys.find((one) => one.dataset.key === event.key || (event.altKey && one.dataset.letter === event.code));
        if (named) {
            named.matches("input") ? named.select() : named.click();
        }
        // Also when there is nothing to do: the browser means something else by these keys.
        if (named || /^F([2-9]|10)$/.test(event.key)) {
            event.preventDefault();
        }
        return Boolean(named);
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
