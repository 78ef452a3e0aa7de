import { createStore } from "./store.js";

/** `auto` follows the system. */
export type Theme = "auto" | "light" | "dark";

const key = "micro-theme";

export const theme = createStore<Theme>(saved());

function saved(): Theme {
  const value = localStorage.getItem(key);
  return value === "light" || value === "dark" ? value : "auto";
}

/** Shows the theme of the store from now on, and remembers it. */
export function applyTheme(): void {
  const apply = () => {
    const chosen = theme.get();
    document.documentElement.dataset.theme = chosen;
    if (chosen === "auto") localStorage.removeItem(key);
    else localStorage.setItem(key, chosen);
  };
  apply();
  theme.subscribe(apply);
}

/** Calls back when the colours on the screen may have changed. */
export function onThemeChange(listener: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", listener);
  const stop = theme.subscribe(listener);
  return () => {
    system.removeEventListener("change", listener);
    stop();
  };
}

/** The colour that a token of the style sheet has now, as the canvas wants it. */
export function colour(token: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(--${token})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}
