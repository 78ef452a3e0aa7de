import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { timeoutSignal } from "../../core/time/clock.js";

/** What a look at the application found: its status, or why there was no answer. */
export type Look = { readonly status: number } | { readonly failure: string };

/** Asks the health URL once. It follows no redirect and reads no body. Never rejects. */
export function look(url: string, timeout: number, token: string | undefined): Promise<Look> {
  const request = url.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const signal = timeoutSignal(timeout);
    const headers = token === undefined ? {} : { "X-Micro-Sidecar-Token": token };
    const sent = request(url, { method: "GET", agent: false, signal, headers }, (response) => {
      resolve({ status: response.statusCode ?? 0 });
      response.destroy();
    });
    sent.on("error", (error) => {
      const why = signal.aborted ? `no answer within ${timeout} ms` : error.message;
      resolve({ failure: `Get "${url}": ${why}` });
    });
    sent.end();
  });
}

/** Whether the application is well. */
export function isWell(found: Look): boolean {
  return "status" in found && found.status === 200;
}
