import { type Agent, request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { readAtMost } from "../../../core/async/read-at-most.js";
import { SerialByKey } from "../../../core/async/serial-by-key.js";
import type { Closeable } from "../../../core/closeable.js";
import { MicroError, nodeLost, timeout, unavailable } from "../../../core/errors.js";
import { formatAddress } from "../../../core/net/address.js";
import type { Node } from "../../../core/service.js";
import { timeoutSignal } from "../../../core/time/clock.js";
import type { TlsOptions } from "../../../transport/transport.js";
import type { Recipient } from "./delivery-plan.js";
import { GuardedAgent } from "./guarded-agent.js";

export interface PosterOptions {
  readonly tls?: TlsOptions;
  /** Milliseconds for one subscriber to acknowledge. */
  readonly timeout: number;
}

/** Most messages that wait for one subscriber. */
const maxWaiting = 1000;

/** Posts envelopes to subscribers over kept-alive connections. */
export class Poster implements Closeable {
  readonly #tls: TlsOptions | undefined;
  /** By the kind of connection: with TLS or not, to a node of another machine or not. */
  readonly #agents = new Map<string, Agent>();
  /** HTTP keeps no order across connections. */
  readonly #lanes = new SerialByKey({ limit: maxWaiting, refused: tooManyWait });
  readonly #timeout: number;

  constructor({ tls, timeout }: PosterOptions) {
    this.#timeout = timeout;
    this.#tls = tls;
  }

  /**
   * Resolves when the subscriber answers 2xx. If it is `ordered`, it gets one message at a time.
   * @throws {MicroError} its error, or 408, or 503.
   */
  post({ node, ordered }: Recipient, envelope: string, signal?: AbortSignal): Promise<void> {
    const post = () => this.#post(node, envelope, signal);
    return ordered ? this.#lanes.run(node.id, post) : post();
  }

  async #post(node: Node, envelope: string, caller: AbortSignal | undefined): Promise<void> {
    caller?.throwIfAborted();
    const limit = timeoutSignal(this.#timeout);
    const signal = caller ? AbortSignal.any([limit, caller]) : limit;
    try {
      await this.#exchange(node, envelope, signal);
    } catch (error) {
      caller?.throwIfAborted();
      if (limit.aborted)
        throw timeout("go.micro.broker", `no answer in ${this.#timeout}ms`, { cause: error });
      throw error;
    }
  }

  #exchange(node: Node, envelope: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = httpRequest({ ...target(node, envelope), agent: this.#agentFor(node), signal });
      request.on("response", (response) => read(node, response).then(resolve, reject));
      request.on("error", (error) => reject(unreached(node, error, request.reusedSocket)));
      request.end(envelope);
    });
  }

  #agentFor({ metadata, foreign = false }: Node): Agent {
    const secure = metadata.secure === "true";
    const key = `${secure} ${foreign}`;
    const known = this.#agents.get(key);
    if (known) return known;
    const agent = new GuardedAgent({ secure, foreign, tls: this.#tls });
    this.#agents.set(key, agent);
    return agent;
  }

  async close(): Promise<void> {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function target(node: Node, envelope: string): RequestOptions {
  return {
    method: "POST",
    host: node.address,
    port: node.port,
    path: `/_sub?id=${encodeURIComponent(node.id)}`,
    headers: { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(envelope) },
  };
}

function tooManyWait(): MicroError {
  return unavailable("go.micro.broker", `${maxWaiting} messages wait already`, { executed: "no" });
}

/** Longest answer to read, in bytes. It is empty, or an error object. */
const maxAnswer = 64 * 1024;

async function read(node: Node, response: IncomingMessage): Promise<void> {
  const status = response.statusCode ?? 0;
  const { bytes } = await readAtMost(response, maxAnswer).catch((cause: unknown) => {
    throw nodeLost("go.micro.broker", `${addressOf(node)}: answer cut off`, { cause });
  });
  if (status >= 200 && status < 300) return;
  const { detail } = MicroError.parse(bytes.toString().trim());
  throw new MicroError("go.micro.broker", status, detail || `status ${status}`, { reason: "REMOTE_ERROR" });
}

const notSent = /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;

function unreached(node: Node, error: NodeJS.ErrnoException, reused: boolean): MicroError {
  const detail = `${addressOf(node)}: ${error.message}`;
  if (MicroError.is(error))
    return unavailable("go.micro.broker", detail, { cause: error, reason: error.reason, executed: "no" });
  if (!reused && notSent.test(error.code ?? ""))
    return unavailable("go.micro.broker", detail, { cause: error, executed: "no" });
  return nodeLost("go.micro.broker", detail, { cause: error });
}

function addressOf({ address, port }: Node): string {
  return formatAddress({ host: address, port });
}
