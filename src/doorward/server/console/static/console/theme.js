// Runs before anything is painted, so that a dark page does not flash white. Light, dark, or as the system has it.
(() => {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try {
      return JSON.parse(localStorage.getItem("adminTheme")) || "auto";
    } catch {
      return "auto";
    }
  };
  const apply = () => {
    const theme = chosen();
    document.documentElement.classList.toggle("dark", theme === "dark" || (theme === "auto" && system.matches));
  };
  window.doorwardTheme = {
    chosen,
    choose(theme) {
      try {
        localStorage.setItem("adminTheme", JSON.stringify(theme));
      } catch {
        // A browser that keeps nothing shows what the system has.
      }
      apply();
    },
  };
  system.addEventListener("change", apply);
  window.addEventListener("storage", apply);
  apply();
})();
