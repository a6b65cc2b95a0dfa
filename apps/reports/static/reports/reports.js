// Buttons that fill both dates of a period; without this file they stay hidden.
document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-periods]").forEach((row) => row.removeAttribute("hidden"));
});
document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-from-on]");
    if (!button) {
        return;
    }
    const form = button.closest("form");
    for (const [name, value] of [["from_on", button.dataset.fromOn], ["until_on", button.dataset.untilOn]]) {
        const field = form.elements[name];
        field.value = value;
        field.dispatchEvent(new Event("change", { bubbles: true }));
    }
});

// The catalogue by keyboard: "/" searches, arrows go from card to card.
document.addEventListener("keydown", (event) => {
    const search = document.getElementById("report-words");
    if (!search || event.ctrlKey || event.metaKey || event.altKey) {
        return;
    }
    if (event.key === "/" && !event.target.matches("input, textarea, select")) {
        event.preventDefault();
        search.focus();
        return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const cards = [...document.querySelectorAll(".report-card-main")];
    const place = cards.indexOf(document.activeElement);
    if (!step || (place < 0 && document.activeElement !== search)) {
        return;
    }
    event.preventDefault();
    (place + step < 0 ? search : cards[Math.min(place + step, cards.length - 1)])?.focus();
});
