// Browsers forget `autofocus` on a page that comes by a redirect while styles still load.
document.addEventListener("DOMContentLoaded", () => {
    const field = document.querySelector("[autofocus]");
    if (field && (document.activeElement === null || document.activeElement === document.body)) {
        field.focus();
    }
});
