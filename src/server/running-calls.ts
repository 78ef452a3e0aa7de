import { writeError } from "../codec/rpc/rpc.js";
import type { Abortable } from "../core/closeable.js";
import { type MicroError, timeout } from "../core/errors.js";
import type { Log } from "../core/log/log.js";
import type { Message } from "../core/message.js";
import { DeadlineSweeper } from "../core/time/deadline-sweeper.js";
import { type Lingering, RunningCall, RunningList, type Work } from "./running-list.js";

/** Milliseconds after the deadline at which a caller that still waits gets an error. Most have given up by then. */
const late = 100;
/** Milliseconds after the end of a call at which a handler that still runs is overdue. Most end by then. */
const grace = 1000;
/** Milliseconds between two lines about one method. */
const lineEvery = 60_000;

/**
 * Ends the calls whose deadline has passed or whose callers have left, though their handlers still run: a handler that
 * never settles must not use up what all methods share. Such handlers are counted by method.
 */
export class RunningCalls {
  readonly #log: Log;
  readonly #list = new RunningList();
  readonly #sweeper = new DeadlineSweeper(this.#list, (call) => this.#expire(call));
  readonly #overdue = new Set<Lingering>();
  #running = 0;
  #closed = false;
  #onIdle: (() => void) | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** The number of handlers that have run on for a while after their calls ended. */
  get overdue(): number {
    let all = 0;
    for (const { overdue } of this.#overdue) all += overdue;
    return all;
  }

  /** Call this when a handler starts. `end` is when its caller stops waiting, on the monotonic clock. */
  start(work: Work, end: number): RunningCall {
    const call = new RunningCall(work, end + late);
    this.#running++;
    this.#list.add(call);
    if (end !== Number.POSITIVE_INFINITY) this.#sweeper.note(call.expires);
    work.inbound.onAbort = () => this.#over(call);
    return call;
  }

  /** Resolves with `reply`, or when the call is over: for transports that take a reply by its promise alone. */
  first(call: RunningCall, reply: Promise<Message>): Promise<Message> {
    return new Promise((resolve) => {
      call.answer = resolve;
      void reply.then(resolve);
    });
  }

  /** Resolves when no handler runs, or the signal aborts. Logs what still runs then. */
  async idle({ signal }: Abortable = {}): Promise<void> {
    if (this.#running === 0) return;
    if (!signal?.aborted)
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
        signal?.addEventListener("abort", () => resolve(), { once: true });
      });
    for (const lingering of this.#overdue) this.#report(lingering, "when the server closes");
  }

  /** Looks at no deadline any more. */
  close(): void {
    this.#closed = true;
    this.#sweeper.stop();
  }

  /** Call this when a handler has settled. */
  done(call: RunningCall): void {
    const { lingering, state } = call;
    if (state === "done") return;
    this.#running--;
    if (state !== "overdue") this.#list.remove(call);
    else if (--lingering.overdue === 0) this.#overdue.delete(lingering);
    if (state !== "waited for") lingering.count--;
    call.state = "done";
    if (this.#running === 0) this.#onIdle?.();
  }

  #expire(call: RunningCall): void {
    if (call.state === "waited for") this.#over(call);
    else this.#keepOn(call);
  }

  #over(call: RunningCall): void {
    if (call.state !== "waited for") return;
    call.state = "over";
    call.lingering.count++;
    call.expires = performance.now() + grace;
    if (!this.#closed) this.#sweeper.note(call.expires);
    const { inbound, answer = (reply) => inbound.answer?.(reply) } = call;
    answer(writeError(call.call, unanswered(call.lingering.method)));
  }

  #keepOn(call: RunningCall): void {
    const { lingering } = call;
    call.state = "overdue";
    this.#list.remove(call);
    lingering.overdue++;
    this.#overdue.add(lingering);
    const now = performance.now();
    if (now < lingering.nextLine) return;
    lingering.nextLine = now + lineEvery;
    // The handlers of a burst become overdue in one sweep: the line counts them all.
    queueMicrotask(() => this.#report(lingering, "after their callers stopped waiting"));
  }

  /** Logs that calls of the method are refused, at most once a minute. */
  refused(lingering: Lingering): void {
    const now = performance.now();
    if (now < lingering.nextRefusal) return;
    lingering.nextRefusal = now + lineEvery;
    const { method, count } = lingering;
    const text = `calls of ${method} are refused: ${count} handlers still run after their callers stopped waiting`;
    this.#log.error({ method, handlers: count }, text);
  }

  #report({ method, count }: Lingering, when: string): void {
    this.#log.warn({ method, handlers: count }, `handlers of ${method} still run ${when}: ${count}`);
  }
}

function unanswered(method: string): MicroError {
  return timeout("go.micro.server", `${method}: no answer by the deadline`, { executed: "unknown" });
}
