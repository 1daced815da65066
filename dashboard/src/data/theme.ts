import { signal } from "@preact/signals";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** The same name as in public/theme.js, which sets it before anything is drawn. */
const KEY = "nexus.theme";

const stored = (): Theme => {
  try {
    return THEMES.find((theme) => theme === localStorage.getItem(KEY)) ?? "system";
  } catch {
    return "system";
  }
};

export const theme = signal<Theme>(stored());

/** Shows a theme and remembers it, where the browser keeps anything. */
export const chooseTheme = (chosen: Theme): void => {
  theme.value = chosen;
  if (chosen === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = chosen;
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // It holds until the page is left.
  }
};
