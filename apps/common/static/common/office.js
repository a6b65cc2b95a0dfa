document.addEventListener("DOMContentLoaded", () => {
    // Unfold draws no landmark; people who hear the page jump to its content by this one.
    document.getElementById("content")?.setAttribute("role", "main");
    // The browser itself shows how many files were chosen; Unfold would look for a field that only its own input has.
    for (const input of document.querySelectorAll("input[type=file][multiple]")) {
        input.hasChangeListener = true;
    }
});

// A second click while the first is on its way would write the same form down twice.
document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.getAttribute("method")?.toLowerCase() !== "post" || form.hasAttribute("hx-post")) {
        return;
    }
    if (form.dataset.sent) {
        event.preventDefault();
        return;
    }
    form.dataset.sent = "yes";
    // A form that answers with a file stays on the screen, and may be sent again.
    setTimeout(() => delete form.dataset.sent, 10_000);
});
window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

// Filters beside each other apply as soon as one is chosen.
document.addEventListener("input", (event) => {
    event.target.closest("form[data-submits-itself]")?.submit();
});

document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) {
        window.print();
    }
});
