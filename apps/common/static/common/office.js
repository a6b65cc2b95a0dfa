// Unfold draws no landmark; people who hear the page jump to its content by this one.
document.addEventListener("DOMContentLoaded", () => {
    document.getElementById("content")?.setAttribute("role", "main");
});
