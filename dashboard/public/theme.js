// Sets the chosen theme before anything is drawn, so that no page flashes in the other one.
try {
  const chosen = localStorage.getItem("nexus.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // A browser that keeps nothing shows the theme of the system.
}
