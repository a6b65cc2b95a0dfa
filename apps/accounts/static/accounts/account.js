// Browsers forget `autofocus` on a page that comes by a redirect while styles still load.
document.addEventListener("DOMContentLoaded", () => {
    const field = document.querySelector("[autofocus]");
    if (field && (document.activeElement === null || document.activeElement === document.body)) {
        field.focus();
    }
});

// A browser that gets no answer of a key says so to nobody else.
document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    document.getElementById("key-failed").hidden = false;
});
