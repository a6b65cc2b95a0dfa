document.addEventListener("DOMContentLoaded", () => {
    // Unfold draws no landmark; people who hear the page jump to its content by this one.
    document.getElementById("content")?.setAttribute("role", "main");
    // The browser itself shows how many files were chosen; Unfold would look for a field that only its own input has.
    for (const input of document.querySelectorAll("input[type=file][multiple]")) {
        input.hasChangeListener = true;
    }
});
