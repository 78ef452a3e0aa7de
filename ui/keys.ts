import { go } from "./router.js";
import { createStore } from "./store.js";

/** Whether the help with all keys is on the screen. */
export const helpOpen = createStore(false);

/** Pages by the letter after `g`. */
const pages: Readonly<Record<string, string>> = {
  h: "/",
  s: "/registry",
  q: "/query",
  t: "/topics",
  e: "/events",
  p: "/stats",
  m: "/map",
  c: "/cli",
};

let goPressedAt = 0;

/** Listens to the keys of the dashboard wherever no field has the focus. */
export function listenToKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") return leave();
    if (isField(event.target)) return;
    if (event.key === "/") return focusFilter(event);
    if (event.key === "?") return helpOpen.update((open) => !open);
    const page = pages[event.key];
    if (page !== undefined && performance.now() - goPressedAt < 1_500) go(page);
    goPressedAt = event.key === "g" ? performance.now() : 0;
  });
}

function leave(): void {
  helpOpen.set(false);
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

function focusFilter(event: KeyboardEvent): void {
  const field = document.querySelector<HTMLInputElement>("[data-filter]");
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}
