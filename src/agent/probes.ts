import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { parseAddress } from "../core/address.js";
import type { HttpProbe, Status, TcpProbe } from "./model.js";

/** What one look at a service found. */
export interface Finding {
  readonly status: Status;
  readonly output: string;
}

/** Asks once; `signal` carries the time limit. Never rejects: what goes wrong is what it found. */
export async function probe(what: HttpProbe | TcpProbe, signal: AbortSignal): Promise<Finding> {
  try {
    return what.type === "http" ? await ask(what, signal) : await knock(what, signal);
  } catch (error) {
    const reason = signal.aborted ? `no answer within ${what.timeout} ms` : (error as Error).message;
    return {
      status: "critical",
      output: what.type === "http" ? `${what.method} "${what.url}": ${reason}` : reason,
    };
  }
}

/** 2xx is passing, 429 warning, all else critical. Source: Consul. A redirect is not followed. */
function ask(what: HttpProbe, signal: AbortSignal): Promise<Finding> {
  const request = what.url.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const { method } = what;
    const headers = Object.fromEntries(
      Object.entries(what.header).map(([name, values]) => [name, [...values]]),
    );
    const sent = request(what.url, { method, headers, signal, agent: false }, (response) => {
      const code = response.statusCode ?? 0;
      const status = code === 429 ? "warning" : code >= 200 && code < 300 ? "passing" : "critical";
      const line = `HTTP ${method} ${what.url}: ${code} ${response.statusMessage ?? ""} Output: `;
      firstOf(response).then((body) => resolve({ status, output: line + body }), reject);
    });
    sent.on("error", reject).end(what.body);
  });
}

/** The first 4 KiB of a body; the rest is not read. */
async function firstOf(body: AsyncIterable<Buffer>): Promise<string> {
  async function* head() {
    let left = 4096;
    for await (const chunk of body) {
      yield chunk.subarray(0, left);
      left -= chunk.length;
      if (left <= 0) return;
    }
  }
  return text(head());
}

function knock(what: TcpProbe, signal: AbortSignal): Promise<Finding> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...parseAddress(what.address), signal });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.destroy();
      resolve({ status: "passing", output: `TCP connect ${what.address}: Success` });
    });
  });
}
