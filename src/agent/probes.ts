import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import { readAtMost } from "../core/async/read-at-most.js";
import { formatAddress } from "../core/net/address.js";
import { connect } from "../transport/connect.js";
import type { HttpProbe, Status, TcpProbe } from "./model.js";

/** Bytes of an answer that are kept. Source: Consul. */
const maxOutput = 4096;

/** The result of a probe. */
export interface Finding {
  readonly status: Status;
  readonly output: string;
}

/** Runs one probe. `signal` carries the time limit. Never rejects: a failure is a critical result. */
export async function probe(what: HttpProbe | TcpProbe, signal: AbortSignal): Promise<Finding> {
  try {
    return what.type === "http" ? await ask(what, signal) : await connectOnce(what, signal);
  } catch (error) {
    const reason = signal.aborted ? `no answer within ${what.timeout} ms` : (error as Error).message;
    return {
      status: "critical",
      output: what.type === "http" ? `${what.method} "${what.url}": ${reason}` : reason,
    };
  }
}

/** 2xx is passing, 429 warning, everything else critical. Source: Consul. Redirects are not followed. */
function ask(what: HttpProbe, signal: AbortSignal): Promise<Finding> {
  const request = what.url.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const { method } = what;
    const headers = Object.fromEntries(
      Object.entries(what.header).map(([name, values]) => [name, [...values]]),
    );
    const options = { method, headers, signal, createConnection: dial(what, signal) };
    const sent = request(what.url, options, (response) => {
      const code = response.statusCode ?? 0;
      const status = code === 429 ? "warning" : code >= 200 && code < 300 ? "passing" : "critical";
      const line = `HTTP ${method} ${what.url}: ${code} ${response.statusMessage ?? ""} Output: `;
      readAtMost(response, maxOutput).then(
        ({ bytes }) => resolve({ status, output: `${line}${bytes}` }),
        reject,
      );
    });
    sent.on("error", reject).end(what.body);
  });
}

/** Dials under the rules for calls: not where no service can be, such as a cloud metadata service. */
function dial({ url, timeout }: HttpProbe, signal: AbortSignal) {
  const { protocol, hostname, port } = new URL(url);
  const secure = protocol === "https:";
  const host = hostname.replace(/^\[|\]$/g, "");
  const address = formatAddress({ host, port: Number(port) || (secure ? 443 : 80) });
  return (_: unknown, done: (error: Error | null, socket: Duplex) => void) => {
    const failed = (error: Error) => done(error, undefined as unknown as Duplex);
    connect(address, { secure, timeout, signal }).then((socket) => done(null, socket), failed);
    return undefined;
  };
}

async function connectOnce({ address, timeout }: TcpProbe, signal: AbortSignal): Promise<Finding> {
  const socket = await connect(address, { timeout, signal });
  socket.destroy();
  return { status: "passing", output: `TCP connect ${address}: Success` };
}
