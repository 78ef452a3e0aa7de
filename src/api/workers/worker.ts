import { MicroError } from "../../core/errors.js";
import type { HttpServer } from "../../http/listener/listener.js";
import { workerMessage } from "./worker-messages.js";

/** Milliseconds to wait for the metrics page of all workers. */
const pageTimeout = 3000;

/**
 * Makes this process a worker of a pool. Its metrics page covers all workers. It ends when the primary tells it to or
 * is gone, and ignores signals that a terminal sends to every process, which the primary handles.
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
  // Until then only the channel keeps the process running, because the port belongs to the primary.
  app.addHook("onClose", async () => process.channel?.unref());
  for (const signal of ["SIGINT", "SIGQUIT", "SIGHUP"])
    process.removeAllListeners(signal).on(signal, () => {});
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
}
