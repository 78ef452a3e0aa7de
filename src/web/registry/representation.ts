import type { IncomingHttpHeaders } from "node:http";

/**
 * In which form a page is wanted: a browser gets HTML, a program that accepts JSON gets that. The original looked at
 * the request's `Content-Type` alone, which must be exactly `application/json`.
 */
export function representation(headers: IncomingHttpHeaders): "html" | "json" | "events" {
  if (headers["content-type"] === "application/json") return "json";
  const accepted = (headers.accept ?? "").toLowerCase();
  if (accepted.includes("text/html")) return "html";
  if (accepted.includes("text/event-stream")) return "events";
  return accepted.includes("application/json") ? "json" : "html";
}
