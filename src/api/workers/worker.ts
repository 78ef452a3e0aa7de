import { MicroError } from "../../core/errors.js";
import type { HttpServer } from "../../http/listener/listener.js";
import { workerMessage } from "./worker-messages.js";

/** Milliseconds for the page of all workers. */
const pageTimeout = 3000;

/**
 * Makes this process one of a pool: its page of metrics is that of all, it ends when the primary says so or is gone,
 * and leaves to the primary what a terminal sends to every process.
 */
export function joinPool({ app, metrics }: HttpServer): void {
  const waiting = new Map<number, (text: string) => void>();
  let asked = 0;
  metrics.gatherBy(() => {
    const id = ++asked;
    return new Promise((resolve, reject) => {
      const late = new MicroError("go.micro.api", 503, "metrics: the other workers did not answer");
      const timer = setTimeout(() => settle(() => reject(late)), pageTimeout);
      const settle = (end: () => void) => {
        clearTimeout(timer);
        waiting.delete(id);
        end();
      };
      waiting.set(id, (text) => settle(() => resolve(text)));
      process.send?.({ type: "micro:page", id });
    });
  });
  process.on("message", (raw) => {
    const message = workerMessage(raw);
    if (message?.type === "micro:page-text") waiting.get(message.id)?.(message.text);
    if (message?.type !== "micro:figures") return;
    process.send?.({ type: "micro:figures-given", id: message.id, figures: metrics.figures() });
  });
  // until then nothing but the channel keeps the process up: its port is the primary's
  app.addHook("onClose", async () => process.channel?.unref());
  for (const signal of ["SIGINT", "SIGQUIT", "SIGHUP"])
    process.removeAllListeners(signal).on(signal, () => {});
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
}
