import type { Figure } from "../../http/observe/metrics.js";

/** Messages between workers and their primary. A response has the `id` of its request. */
export type WorkerMessage =
  /** A worker requests the metrics page of all workers. */
  | { readonly type: "micro:page"; readonly id: number }
  /** The response to `micro:page`. */
  | { readonly type: "micro:page-text"; readonly id: number; readonly text: string }
  /** The primary requests a worker's own metrics. */
  | { readonly type: "micro:figures"; readonly id: number }
  /** The response to `micro:figures`. */
  | { readonly type: "micro:figures-given"; readonly id: number; readonly figures: readonly Figure[] };

/** Parses a message. Undefined for a foreign one. */
export function workerMessage(message: unknown): WorkerMessage | undefined {
  if (typeof message !== "object" || message === null) return undefined;
  const { type } = message as { type?: unknown };
  return typeof type === "string" && type.startsWith("micro:") ? (message as WorkerMessage) : undefined;
}
