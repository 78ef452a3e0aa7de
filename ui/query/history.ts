import { createStore } from "../store.js";
import type { Answer } from "./query.js";

const most = 30;

/** The answers of this visit, the newest first: gone when the page is left, since bodies may hold secrets. */
export const history = createStore<readonly Answer[]>([]);

export function remember(answer: Answer): void {
  history.update((answers) => [answer, ...answers].slice(0, most));
}
