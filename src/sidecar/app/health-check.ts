import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { timeoutSignal } from "../../core/time/clock.js";

/** The result of a health check: the status, or why there was no response. */
export type HealthCheckResult = { readonly status: number } | { readonly failure: string };

/** Requests the health URL once. Follows no redirect and reads no body. Never rejects. */
export function checkHealth(
  url: string,
  timeout: number,
  token: string | undefined,
): Promise<HealthCheckResult> {
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

/** True if the application is healthy. */
export function isHealthy(found: HealthCheckResult): boolean {
  return "status" in found && found.status === 200;
}
