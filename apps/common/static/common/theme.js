// The theme that was chosen in the office, on pages without its scripts; before anything is drawn.
(() => {
    let chosen = "auto";
    try {
        chosen = JSON.parse(localStorage.getItem("adminTheme")) || "auto";
    } catch {
        // Nothing is kept here, or it is no theme.
    }
    const system = matchMedia("(prefers-color-scheme: dark)");
    const draw = () => {
        const isDark = chosen === "dark" || (chosen !== "light" && system.matches);
        // Ours, and the one of the documentation of the API.
        for (const name of ["dark", "dark-mode"]) {
            document.documentElement.classList.toggle(name, isDark);
        }
    };
    draw();
    system.addEventListener("change", draw);
})();
