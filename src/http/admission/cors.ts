import type { ServerResponse } from "node:http";

/** Origins whose pages may read answers. */
export interface Cors {
  allows(origin: string): boolean;
  /** Headers of every answer, name after value. */
  readonly always: readonly string[];
  /** Writes the headers that let the page of `origin` read the answer; nothing for an origin not listed. */
  write(origin: string | undefined, response: ServerResponse): void;
  /** Answers a preflight of a listed origin, or returns false. */
  preflight(origin: string | undefined, response: ServerResponse): boolean;
}

const methods = "POST, GET, OPTIONS, PUT, DELETE, PATCH";
const headers = "Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token, Authorization, Timeout";

/** An exact list of origins, compared as they are sent. `*` lets any page read, without credentials; `null` never passes. */
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
