import type { Figure } from "../../http/observe/metrics.js";

/** What workers and their primary say to each other; ids are the primary's worker numbers and counters. */
export type WorkerMessage =
  /** A worker was asked for the page of metrics: who asks, and which time. */
  | { readonly type: "micro:page"; readonly id: number }
  /** The page, for who asked. */
  | { readonly type: "micro:page-text"; readonly id: number; readonly text: string }
  /** The primary wants a worker's own figures. */
  | { readonly type: "micro:figures"; readonly id: number }
  | { readonly type: "micro:figures-given"; readonly id: number; readonly figures: readonly Figure[] };

/** Nothing for a message of somebody else. */
export function workerMessage(message: unknown): WorkerMessage | undefined {
  if (typeof message !== "object" || message === null) return undefined;
  const { type } = message as { type?: unknown };
  return typeof type === "string" && type.startsWith("micro:") ? (message as WorkerMessage) : undefined;
}
