import type { ServerResponse } from "node:http";

/** The origins whose pages may read responses. */
export interface Cors {
  allows(origin: string): boolean;
  /** Headers of every response, alternating names and values. */
  readonly always: readonly string[];
  /** Writes the headers that let a page of `origin` read the response. None for an origin that is not allowed. */
  write(origin: string | undefined, response: ServerResponse): void;
  /** Answers a preflight of an allowed origin. Returns false for any other. */
  preflight(origin: string | undefined, response: ServerResponse): boolean;
}

const methods = "POST, GET, OPTIONS, PUT, DELETE, PATCH";
const headers = "Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token, Authorization, Timeout";

/** CORS for a list of exact origins. `*` allows any page to read, without credentials. `null` is never allowed. */
export function cors(origins: readonly string[]): Cors {
  const listed = new Set(origins.map((origin) => origin.toLowerCase()).filter((origin) => origin !== "null"));
  const any = listed.delete("*");
  const named = (origin: string) => listed.has(origin.toLowerCase());
  const allows = (origin: string) => origin !== "null" && (any || named(origin));
  const always = listed.size > 0 ? ["Vary", "Origin"] : [];
  const write = (origin: string | undefined, response: ServerResponse) => {
    if (listed.size > 0) response.setHeader("Vary", "Origin");
    if (origin === undefined || !allows(origin)) return;
    response.setHeader("Access-Control-Allow-Origin", named(origin) ? origin : "*");
    if (named(origin)) response.setHeader("Access-Control-Allow-Credentials", "true");
  };
  return {
    allows,
    always,
    write,
    preflight(origin, response) {
      if (origin === undefined || !allows(origin)) return false;
      response.setHeader("Access-Control-Allow-Methods", methods);
      response.setHeader("Access-Control-Allow-Headers", headers);
      response.setHeader("Access-Control-Max-Age", "600");
      response.setHeader("Content-Length", "0");
      response.writeHead(200).end();
      return true;
    },
  };
}
