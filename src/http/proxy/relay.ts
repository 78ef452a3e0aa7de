import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import { Readable } from "node:stream";
import type { Agent, Dispatcher } from "undici";
import type { Closeable } from "../../core/closeable.js";
import { MicroError } from "../../core/errors.js";
import { type Log, silent } from "../../core/log/log.js";
import { formatAddress } from "../../core/net/address.js";
import type { Node } from "../../core/service.js";
import { systemClock } from "../../core/time/clock.js";
import type { Registry } from "../../registry/registry.js";
import { withFailover } from "../../selector/failover.js";
import { trackForwarded } from "../../selector/forwarded-request.js";
import type { Selector } from "../../selector/selector.js";
import { type BufferedRequest, callerLeaves } from "../body/buffered-request.js";
import { RequestBody } from "../body/request-body.js";
import { type Answer, sendAnswer } from "../message/answer.js";
import { informing } from "../message/interim.js";
import { contextOf } from "../message/request-context.js";
import { type RelayTimes, relayAgent } from "./relay-agent.js";
import { RelayAnswer } from "./relay-answer.js";
import { badGateway, whatFailed } from "./relay-failure.js";
import { relayedRequest } from "./relay-headers.js";
import type { RelayTarget } from "./relay-target.js";
import { rewriteLocations } from "./rewrite-location.js";
import { type TunnelUpgrade, tunnel } from "./tunnel.js";

export interface RelayOptions extends RelayTimes {
  /** Id of the program in errors. */
  readonly id: string;
  readonly selector: Selector;
  /** The registry of the nodes. Its own servers are never relayed to. */
  readonly registry: Registry;
  readonly log?: Log | undefined;
}

/** A request to relay. */
export interface RelayRequest extends Omit<BufferedRequest, "body"> {
  /** A stream if the body has not been read yet. Null for no body. */
  readonly body: Buffer | Readable | null;
}

/** Relays HTTP requests to nodes of services. Streams bodies both ways with back-pressure. */
export class Relay implements Closeable {
  readonly #options: RelayOptions;
  /**
   * Separate agents for nodes registered by this machine (false) and by others (true), because different addresses are
   * allowed. Created with the first request, because undici takes 5 MiB.
   */
  readonly #agents = new Map<boolean, Agent | Promise<Agent>>();

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  /**
   * Relays a request and its response, both streamed. Resolves when the response is sent or aborted.
   * @throws {MicroError} 404 when the service has no node. 502 when none answered. Nothing was written.
   */
  async forward(request: IncomingMessage, response: ServerResponse, target: RelayTarget): Promise<void> {
    const body = hasBody(request) ? request : null;
    const signal = callerLeaves(request, response);
    const context = contextOf(request);
    const inform = informing(response);
    const relayed = { head: request, body, context, signal, open: () => response, inform };
    const answer = await this.relay(relayed, target);
    if (answer) sendAnswer(request, response, answer);
  }

  /**
   * Relays a request. Returns the answer, or undefined if it was streamed or aborted.
   * @throws {MicroError} 404 when the service has no node. 502 when none answered. Nothing was written.
   */
  async relay(relayed: RelayRequest, target: RelayTarget): Promise<Answer | undefined> {
    const { selector, id } = this.#options;
    return withFailover(selector, target.service, {
      attempt: (node) => {
        relayed.context.label = target.service; // only now, so that unknown service names do not get into the metrics
        return this.#attempt(relayed, node, target);
      },
      mayRepeat: (error) => mayRepeat(relayed, error),
      // A node whose connection broke may accept a new one. One that refused a connection will not.
      mayReturn: (error) => !MicroError.is(error),
      failed: (node, error) => {
        this.#logFailure("no answer", relayed, node, error);
        return badGateway(id, node.id, error);
      },
    });
  }

  /**
   * Relays an upgrade (a WebSocket).
   * @throws {MicroError} 404 when the service has no node. 502 when none answered. Nothing was written.
   */
  upgrade(upgrade: TunnelUpgrade, target: RelayTarget): Promise<void> {
    return tunnel(upgrade, target, this.#options);
  }

  async close(): Promise<void> {
    for (const agent of this.#agents.values()) await (await agent).destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #load(foreign: boolean): Promise<Agent> {
    const loading = relayAgent({ ...this.#options, foreign });
    this.#agents.set(foreign, loading);
    const agent = await loading;
    this.#agents.set(foreign, agent);
    return agent;
  }

  /** Logs which backend failed a request, with details that the client does not get. */
  #logFailure(message: string, { context }: RelayRequest, node: Node, err: unknown): void {
    const { log = silent } = this.#options;
    const what = whatFailed(err);
    log.warn({ request: context.id, service: context.label, node: node.id, what, err }, message);
  }

  async #attempt(relayed: RelayRequest, node: Node, target: RelayTarget): Promise<Answer | undefined> {
    const { selector, upload, id } = this.#options;
    const { head, context, signal } = relayed;
    const body = relayed.body instanceof Readable ? new RequestBody(relayed.body) : relayed.body;
    const late = () => body instanceof RequestBody && body.destroy(tooSlow(id));
    const timer = upload && body instanceof RequestBody ? systemClock.schedule(upload, late) : undefined;
    const { method = "" } = head;
    const address = formatAddress({ host: node.address, port: node.port });
    const scheme = node.metadata.secure === "true" ? "https" : "http";
    const options: Dispatcher.DispatchOptions = {
      origin: `${scheme}://${address}`,
      path: target.path,
      method: method as Dispatcher.HttpMethod,
      headers: relayedRequest(head, {
        host: address,
        added: target.headers,
        credentials: context.credentials,
      }),
      body,
    };
    const foreign = node.foreign === true;
    const known = this.#agents.get(foreign) ?? this.#load(foreign);
    const agent = known instanceof Promise ? await known : known;
    const report = trackForwarded(selector, node, body instanceof RequestBody);
    if (body instanceof RequestBody) body.once("end", () => report.asked());
    try {
      const answer = await new Promise<Answer | undefined>((done, failed) => {
        const open = () => relayed.open();
        const cut = (error: Error) => {
          this.#logFailure("answer cut off", relayed, node, error);
          done(undefined);
        };
        const { inform } = relayed;
        const began = (status: number) => report.began(status);
        const client = { method, signal, began, open, inform, done, cut, failed };
        const { mount } = target;
        const publish = mount && ((headers: readonly string[]) => rewriteLocations(headers, mount, address));
        agent.dispatch(options, new RelayAnswer(publish ? { ...client, publish } : client));
      });
      report.ended();
      return answer;
    } catch (error) {
      report.ended(signal.aborted ? undefined : error);
      throw error;
    } finally {
      timer?.cancel();
    }
  }
}

/** The error for a slow upload. 504, because browsers repeat a request after 408. */
function tooSlow(id: string): MicroError {
  return new MicroError(id, 504, "request body: not received in time (--proxy_upload_timeout)", {
    reason: "TIMEOUT",
  });
}

function hasBody(request: IncomingMessage): boolean {
  const { headers } = request;
  if (request.httpVersionMajor === 2)
    return !(request as unknown as Http2ServerRequest).stream.endAfterHeaders;
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** True for any request that was not sent, and for a GET or HEAD whose connection broke before a response. */
function mayRepeat({ head, body }: RelayRequest, error: unknown): boolean {
  const untouched = !(body instanceof Readable) || !body.readableDidRead;
  if (MicroError.is(error) && error.executed === "no") return untouched;
  const { code } = error as NodeJS.ErrnoException;
  const lost = code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE";
  return lost && body === null && (head.method === "GET" || head.method === "HEAD");
}
