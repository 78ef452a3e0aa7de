import { type ClientRequest, type IncomingMessage, request as open } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { formatAddress } from "../core/address.js";
import type { DialRule } from "../core/dial-guard.js";
import { MicroError, reasonPhrase } from "../core/errors.js";
import type { Node } from "../core/service.js";
import type { Registry } from "../registry/registry.js";
import type { Selector } from "../selector/selector.js";
import { connect } from "../transport/connect.js";
import { exchangeOf } from "./exchange.js";
import { published } from "./published.js";
import type { RelayTarget } from "./relay.js";
import { defaultIdle } from "./relay-agent.js";
import { relayGuard } from "./relay-guard.js";
import { relayedRequest } from "./relay-headers.js";

const maxAttempts = 3;

/** A request for an upgrade, with the bytes that came behind it. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

export interface TunnelOptions {
  /** Names the program in errors. */
  readonly id: string;
  readonly selector: Selector;
  /** Where the nodes come from: its own servers are never tunnelled to. */
  readonly registry: Registry;
  /** Milliseconds without a byte in either direction after which a tunnel is closed. Default 120 seconds. */
  readonly idle?: number | undefined;
}

/**
 * Relays an upgrade (a WebSocket) to a node: its bytes pass untouched once the node has agreed. Any other answer is
 * relayed as what it is, and the connection closed: it never becomes a way past the edge.
 * @throws {MicroError} 404 when the service has no node, 502 when none answered; nothing was written then.
 */
export async function tunnel(
  upgrade: Upgrade,
  target: RelayTarget,
  { id, selector, registry, idle = defaultIdle }: TunnelOptions,
): Promise<void> {
  const refuses = relayGuard(registry);
  const next = await selector.select(target.service);
  for (let attempt = 1; ; attempt++) {
    const node = next();
    try {
      return await pass(upgrade, target, { node, refuses, idle });
    } catch (cause) {
      const unsent = MicroError.is(cause) && cause.executed === "no";
      if (!unsent || attempt === maxAttempts)
        throw new MicroError(id, 502, `${node.id}: no answer`, { cause, node: node.id });
    }
  }
}

interface Backend extends Pick<DialRule, "refuses"> {
  readonly node: Node;
  /** Milliseconds. */
  readonly idle: number;
}

async function pass(
  { request, socket, head }: Upgrade,
  target: RelayTarget,
  { node, refuses, idle }: Backend,
): Promise<void> {
  const address = formatAddress({ host: node.address, port: node.port });
  const backend = await connect(address, {
    secure: node.metadata.secure === "true",
    foreign: node.foreign,
    refuses,
  });
  const headers = relayedRequest(request, {
    host: address,
    added: target.headers,
    credentials: exchangeOf(request).credentials,
  });
  const asked = open({
    createConnection: () => backend,
    method: "GET",
    path: target.path,
    headers: [
      ...headers,
      "Connection",
      "Upgrade",
      "Upgrade",
      request.headers.upgrade ?? "websocket",
    ] as never,
    setHost: false,
    maxHeaderSize: 64 * 1024,
  });
  const end = () => backend.destroy();
  socket.once("close", end);
  try {
    const { mount } = target;
    const publish = (raw: readonly string[]) => (mount ? published(raw, mount, address) : raw);
    await answered(asked, { socket, head, publish }, backend);
    closeIdle(socket, backend, idle);
  } catch (error) {
    socket.off("close", end);
    backend.destroy();
    throw error;
  }
}

interface Client extends Pick<Upgrade, "socket" | "head"> {
  /** Makes the headers of an answer those that clients can follow. */
  publish(raw: readonly string[]): readonly string[];
}

function answered(asked: ClientRequest, { socket, head, publish }: Client, backend: Duplex): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => asked.destroy(new Error("no answer in time")), 10_000);
    asked.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    asked.once("upgrade", (answer, _, first) => {
      clearTimeout(timer);
      socket.write(headOf(answer, publish), "latin1");
      if (first.length > 0) socket.write(first);
      if (head.length > 0) backend.write(head);
      join(socket, backend);
      resolve();
    });
    asked.once("response", (answer) => {
      clearTimeout(timer);
      socket.write(headOf(answer, publish, "Connection: close\r\n"), "latin1");
      answer.pipe(socket);
      answer.on("error", () => socket.destroy());
      resolve();
    });
    asked.end();
  });
}

function headOf(answer: IncomingMessage, publish: Client["publish"], added = ""): string {
  const status = answer.statusCode ?? 502;
  const lines = [`HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n`];
  const rawHeaders = publish(answer.rawHeaders);
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? "";
    if (status !== 101 && /^(connection|keep-alive|transfer-encoding|upgrade)$/i.test(name)) continue;
    lines.push(`${name}: ${rawHeaders[i + 1]}\r\n`);
  }
  return `${lines.join("")}${added}\r\n`;
}

/** Pipes both ways; when either side is gone so is the other. */
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

/** Ends a tunnel that is silent in both directions. */
function closeIdle(client: Duplex, backend: Socket, idle: number): void {
  // what is read of one is written to the other: the backend's activity is that of both
  backend.setTimeout(idle, () => {
    client.destroy();
    backend.destroy();
  });
}
