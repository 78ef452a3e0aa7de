import type { IncomingHttpHeaders } from "node:http";

/**
 * The form in which a page is sent: HTML to a browser, JSON to a program that accepts it. The original looked at
 * the request's `Content-Type` alone, which must be exactly `application/json`.
 */
export function preferredType(headers: IncomingHttpHeaders): "html" | "json" | "events" {
  if (headers["content-type"] === "application/json") return "json";
  const accepted = (headers.accept ?? "").toLowerCase();
  if (accepted.includes("text/html")) return "html";
  if (accepted.includes("text/event-stream")) return "events";
  return accepted.includes("application/json") ? "json" : "html";
}
