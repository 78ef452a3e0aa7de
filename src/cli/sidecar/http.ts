import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { readAtMost } from "../../core/async/read-at-most.js";
import { timeout, tooLarge, unavailable } from "../../core/errors.js";
import { formatAddress } from "../../core/net/address.js";
import { readServerAddress } from "../../core/net/server-address.js";
import { timeoutSignal } from "../../core/time/clock.js";

/** Largest answer in bytes. */
const limit = 32 * 1024 * 1024;
const id = "go.micro.client";
const form = { id: "go.micro.cli", schemes: ["http", "https"], port: 8081, path: true };
/** Default time limit of a request in milliseconds. */
const defaultTimeout = 5000;

/** How to reach a sidecar. */
export interface SidecarHttpOptions {
  /** `host[:port]`, or an http(s) URL that may have a path. */
  readonly address: string;
  readonly token?: string;
  readonly ca?: string;
  /** Accepts any certificate. */
  readonly anyCertificate?: boolean;
  /** Called with the age in seconds of the sidecar's view of the registry, if that is out of date. */
  readonly onStale?: (seconds: string) => void;
}

/** One request to a sidecar. */
export interface SidecarRequest {
  readonly method: string;
  /** Appended to the path of the address. */
  readonly path: string;
  readonly header?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** Milliseconds for the whole answer; with `open`, until its head. Default 5000. */
  readonly timeout?: number;
}

export interface SidecarAnswer {
  /** Host it came from. */
  readonly host: string;
  readonly status: number;
  readonly header: IncomingMessage["headers"];
  readonly body: string;
}

/** Sends requests to one sidecar over connections that are kept until `close`. */
export class SidecarHttp {
  readonly url: URL;
  readonly #options: SidecarHttpOptions;
  readonly #agent: HttpAgent;

  constructor(options: SidecarHttpOptions) {
    this.#options = options;
    this.url = sidecarUrl(options.address);
    const secure = this.url.protocol === "https:";
    this.#agent = secure
      ? new HttpsAgent({ keepAlive: true, ...this.tls })
      : new HttpAgent({ keepAlive: true });
  }

  /** Headers that every request to the sidecar carries. */
  get header(): Record<string, string> {
    return this.#options.token ? { authorization: `Bearer ${this.#options.token}` } : {};
  }

  /** TLS options for connections to the sidecar. */
  get tls(): { ca: string | undefined; rejectUnauthorized: boolean } {
    return { ca: this.#options.ca, rejectUnauthorized: this.#options.anyCertificate !== true };
  }

  /**
   * Sends a request and reads the whole answer. @throws {MicroError} 503 SIDECAR_UNREACHABLE, 408 if it takes too long.
   */
  async send(request: SidecarRequest): Promise<SidecarAnswer> {
    const limited = timeoutSignal(request.timeout ?? defaultTimeout);
    const signal = request.signal ? AbortSignal.any([request.signal, limited]) : limited;
    try {
      const answer = await this.open({ ...request, signal });
      const body = await readAll(answer);
      return { host: this.url.host, status: answer.statusCode ?? 0, header: answer.headers, body };
    } catch (error) {
      request.signal?.throwIfAborted();
      if (limited.aborted)
        throw timeout(id, `sidecar at ${this.url.host} did not answer ${request.path.replace(/\?.*/, "")}`);
      throw error;
    }
  }

  /** Sends a request. Resolves with the answer as a stream. */
  open(request: SidecarRequest): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const sent = this.#request(request);
      sent.on("response", (answer) => {
        const stale = answer.headers["x-micro-registry-stale"];
        if (typeof stale === "string") this.#options.onStale?.(stale);
        resolve(answer);
      });
      sent.on("error", (error) =>
        reject(request.signal?.aborted ? request.signal.reason : this.#unreachable(error)),
      );
      sent.end(request.body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  #request({ method, path, header, body, signal }: SidecarRequest): ClientRequest {
    const send = this.url.protocol === "https:" ? httpsRequest : httpRequest;
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const target = `${this.url.pathname.replace(/\/$/, "")}${path}`;
    return send({
      protocol: this.url.protocol,
      hostname: this.url.hostname.replace(/^\[|\]$/g, ""),
      port: this.url.port,
      path: target,
      method,
      headers: { ...this.header, ...length, ...header },
      agent: this.#agent,
      signal,
    });
  }

  #unreachable(error: Error): Error {
    const code = (error as NodeJS.ErrnoException).code ?? error.message;
    const tls = /CERT|SELF_SIGNED|ALTNAME|SSL|TLS|^UNABLE_TO/i.test(code);
    const secure = code === "HPE_INVALID_CONSTANT" ? ": it may speak TLS, try https://" : "";
    return unavailable(id, `sidecar at ${this.url.host} is unreachable: ${code}${secure}`, {
      reason: tls ? "TLS_FAILED" : "SIDECAR_UNREACHABLE",
      cause: error,
    });
  }
}

function sidecarUrl(address: string): URL {
  const { scheme = "http", path, ...at } = readServerAddress(address, form);
  return new URL(`${scheme}://${formatAddress(at)}${path}`);
}

async function readAll(answer: IncomingMessage): Promise<string> {
  const { bytes, complete } = await readAtMost(answer, limit);
  if (!complete) throw tooLarge(id, `answer of the sidecar: more than ${limit} bytes`);
  return bytes.toString();
}
