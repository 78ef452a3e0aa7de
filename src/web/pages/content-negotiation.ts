import type { IncomingHttpHeaders } from "node:http";

/**
 * The format of a page: HTML for browsers, JSON for programs that accept it. The original checks only the request's
 * `Content-Type`, which has to be exactly `application/json`.
 */
export function preferredType(headers: IncomingHttpHeaders): "html" | "json" | "events" {
  if (headers["content-type"] === "application/json") return "json";
  const accepted = (headers.accept ?? "").toLowerCase();
  if (accepted.includes("text/html")) return "html";
  if (accepted.includes("text/event-stream")) return "events";
  return accepted.includes("application/json") ? "json" : "html";
}
