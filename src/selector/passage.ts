import type { Clock } from "../core/clock.js";
import type { NodeState } from "./node-state.js";
import type { Passage } from "./selector.js";

/** A request on its way to a node as HTTP, and what it tells of the node. */
export class NodePassage implements Passage {
  readonly #state: NodeState;
  readonly #clock: Clock;
  readonly #over: (error: unknown, now: number) => void;
  /** When the node had all of the request; nothing while its body is on the way. */
  #askedAt: number | undefined;
  #began = false;

  /** `over` is told what ended without an answer. */
  constructor(
    state: NodeState,
    over: (error: unknown, now: number) => void,
    { uploading, clock }: { readonly uploading: boolean; readonly clock: Clock },
  ) {
    this.#clock = clock;
    this.#state = state;
    this.#over = over;
    if (uploading) state.flows();
    else this.#askedAt = clock.now();
  }

  asked(): void {
    if (this.#askedAt !== undefined || this.#began) return;
    this.#askedAt = this.#clock.now();
    this.#state.waits(this.#askedAt);
  }

  began(): void {
    if (this.#began) return;
    this.#began = true;
    const now = this.#clock.now();
    if (this.#askedAt !== undefined) this.#state.flows();
    // an answer before the end of the body says nothing of the time that the node takes
    this.#state.heard(now, this.#askedAt === undefined ? undefined : now - this.#askedAt);
  }

  ended(error?: unknown): void {
    if (this.#began || this.#askedAt === undefined) this.#state.flowing--;
    const began = this.#began;
    this.#began = true;
    if (began) this.#state.outstanding--;
    else this.#over(error, this.#clock.now());
  }
}
