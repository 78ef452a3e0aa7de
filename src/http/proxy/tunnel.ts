import { type ClientRequest, type IncomingMessage, request as open } from "node:http";
import type { Socket } from "node:net";
import { type Duplex, pipeline } from "node:stream";
import { MicroError } from "../../core/errors.js";
import { formatAddress } from "../../core/net/address.js";
import type { DialRule } from "../../core/net/dial-guard.js";
import { reasonPhrase } from "../../core/reason-phrase.js";
import type { Node } from "../../core/service.js";
import { systemClock } from "../../core/time/clock.js";
import type { Registry } from "../../registry/registry.js";
import { withFailover } from "../../selector/failover.js";
import { trackForwarded } from "../../selector/forwarded-request.js";
import type { Selector } from "../../selector/selector.js";
import { connect } from "../../transport/connect.js";
import { responseOn } from "../errors.js";
import { contextOf } from "../message/request-context.js";
import { cutOff, flushHead, writeHead } from "../message/write-head.js";
import { defaultIdle } from "./relay-agent.js";
import { badGateway } from "./relay-failure.js";
import { relayGuard } from "./relay-guard.js";
import { relayedAnswer, relayedRequest, requireChunked } from "./relay-headers.js";
import type { RelayTarget } from "./relay-target.js";
import { rewriteLocations } from "./rewrite-location.js";

/** An upgrade request, with the bytes that followed it. */
export interface TunnelUpgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

export interface TunnelOptions {
  /** Id of the program in errors. */
  readonly id: string;
  readonly selector: Selector;
  /** The registry of the nodes. Its own servers are never tunnelled to. */
  readonly registry: Registry;
  /** Milliseconds without a byte in either direction after which a tunnel is closed. Default 120 seconds. */
  readonly idle?: number | undefined;
}

/**
 * Relays an upgrade (a WebSocket) to a node, and passes bytes unchanged once the node has accepted. Any other response
 * is relayed and the connection closed, so that later requests on it cannot bypass admission.
 * @throws {MicroError} 404 when the service has no node. 502 when none answered. 504 when it took too long. Nothing was
 * written.
 */
export async function tunnel(
  upgrade: TunnelUpgrade,
  target: RelayTarget,
  { id, selector, registry, idle = defaultIdle }: TunnelOptions,
): Promise<void> {
  const client = new WaitingClient(upgrade);
  const refuses = relayGuard(registry);
  try {
    await withFailover(selector, target.service, {
      attempt: (node) => counted(selector, node, client, pass(client, target, { node, refuses, idle })),
      mayRepeat: (error) => MicroError.is(error) && error.executed === "no" && !client.left,
      failed: (node, error) => badGateway(id, node.id, error),
    });
  } catch (error) {
    if (!client.left) throw error;
  } finally {
    client.stopWatching();
  }
}

/** Reports to the selector whether the node answered. The duration of the tunnel does not count. */
async function counted(
  selector: Selector,
  node: Node,
  client: WaitingClient,
  passing: Promise<number>,
): Promise<void> {
  const report = trackForwarded(selector, node, false);
  try {
    report.began(await passing);
    report.ended();
  } catch (error) {
    report.ended(client.left ? undefined : error);
    throw error;
  }
}

interface Backend extends Pick<DialRule, "refuses"> {
  readonly node: Node;
  /** Milliseconds, see `TunnelOptions`. */
  readonly idle: number;
}

/** Resolves with the status of the response. */
async function pass(client: WaitingClient, target: RelayTarget, to: Backend): Promise<number> {
  const { request, socket } = client;
  const { node, refuses, idle } = to;
  const address = formatAddress({ host: node.address, port: node.port });
  const backend = await connect(address, {
    secure: node.metadata.secure === "true",
    foreign: node.foreign,
    refuses,
  });
  const end = () => backend.destroy();
  socket.once("close", end);
  try {
    if (client.left) throw new Error("the client left");
    const { mount } = target;
    const publish = (raw: readonly string[]) => (mount ? rewriteLocations(raw, mount, address) : raw);
    const upgrade = ask(request, backend, { target, address });
    const status = await answered(upgrade, client, { publish, backend, idle });
    closeIdle(socket, backend, idle);
    return status;
  } catch (error) {
    socket.off("close", end);
    backend.destroy();
    throw error;
  }
}

function ask(
  request: IncomingMessage,
  backend: Socket,
  { target, address }: { readonly target: RelayTarget; readonly address: string },
): ClientRequest {
  const { credentials } = contextOf(request);
  const headers = relayedRequest(request, { host: address, added: target.headers, credentials });
  const upgrade = request.headers.upgrade ?? "websocket";
  return open({
    createConnection: () => backend,
    method: "GET",
    path: target.path,
    headers: [...headers, "Connection", "Upgrade", "Upgrade", upgrade] as never,
    setHost: false,
    maxHeaderSize: 64 * 1024,
  });
}

interface Answering {
  /** Rewrites addresses in response headers to the public address. */
  publish(raw: readonly string[]): readonly string[];
  readonly backend: Socket;
  /** Milliseconds for the handshake. */
  readonly idle: number;
}

/** Resolves with the status when the backend has accepted, or its other response is being relayed. */
function answered(
  upgrade: ClientRequest,
  client: WaitingClient,
  { publish, backend, idle }: Answering,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = systemClock.schedule(idle, () => upgrade.destroy(tooLate()));
    upgrade.once("close", () => timer.cancel()).on("error", reject);
    upgrade.once("upgrade", (answer, _, first) => {
      timer.cancel();
      const { socket } = client;
      const early = client.stopWatching();
      socket.write(headOf(answer, publish), "latin1");
      if (first.length > 0) socket.write(first);
      if (early.length > 0) backend.write(early);
      join(socket, backend);
      resolve(101);
    });
    upgrade.once("response", (answer) => {
      timer.cancel();
      try {
        handOn(answer, client, publish);
        resolve(answer.statusCode ?? 0);
      } catch (error) {
        reject(error);
      }
    });
    upgrade.end();
  });
}

/** Relays a response that refuses the upgrade. @throws {MicroError} 502 for one that HTTP cannot carry. */
function handOn(answer: IncomingMessage, client: WaitingClient, publish: Answering["publish"]): void {
  const { statusCode = 0, rawHeaders } = answer;
  if (statusCode < 200)
    throw new MicroError("go.micro.relay", 502, "answer: switches protocols without naming one");
  requireChunked(rawHeaders);
  const response = responseOn(client.request, client.socket);
  writeHead(response, statusCode, publish(relayedAnswer(rawHeaders)));
  flushHead(response);
  pipeline(answer, response, (error) => {
    if (error) cutOff(response);
  });
}

function tooLate(): MicroError {
  return new MicroError("go.micro.relay", 504, "upgrade: no answer in time (--proxy_idle_timeout)", {
    reason: "TIMEOUT",
  });
}

/** Bytes that a client may send before the backend has accepted. */
const mostEarly = 64 * 1024;

/** A client whose upgrade is pending. Its socket is read, because otherwise a disconnect would go unnoticed. */
class WaitingClient {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly #early: Buffer[];
  #size: number;
  readonly #onData = (chunk: Buffer) => {
    this.#early.push(chunk);
    this.#size += chunk.length;
    if (this.#size > mostEarly) this.socket.pause();
  };
  readonly #onEnd = () => this.socket.destroy();

  constructor({ request, socket, head }: TunnelUpgrade) {
    this.request = request;
    this.socket = socket;
    this.#early = [head];
    this.#size = head.length;
    socket.on("data", this.#onData).once("end", this.#onEnd);
  }

  get left(): boolean {
    return this.socket.destroyed;
  }

  /** Stops reading. Returns the bytes received so far. */
  stopWatching(): Buffer {
    this.socket.off("data", this.#onData).off("end", this.#onEnd);
    return Buffer.concat(this.#early.splice(0));
  }
}

function headOf(answer: IncomingMessage, publish: Answering["publish"]): string {
  const lines = [`HTTP/1.1 101 ${reasonPhrase(101)}\r\n`];
  const rawHeaders = publish(answer.rawHeaders);
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}\r\n`);
  return `${lines.join("")}\r\n`;
}

/** Pipes both ways. When one side closes, the other is closed too. */
function join(client: Duplex, backend: Duplex): void {
  for (const [from, to] of [
    [client, backend],
    [backend, client],
  ] as const) {
    from.pipe(to);
    from.on("error", () => to.destroy());
    from.on("close", () => to.destroy());
  }
}

/** Closes a tunnel that is idle in both directions. */
function closeIdle(client: Duplex, backend: Socket, idle: number): void {
  // Every byte passes through the backend's socket, so its timeout covers both directions.
  backend.setTimeout(idle, () => {
    client.destroy();
    backend.destroy();
  });
}
