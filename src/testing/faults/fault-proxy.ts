import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { Closeable } from "../../core/closeable.js";
import { parseAddress } from "../../core/net/address.js";
import { disturbance, type Fault } from "./faults.js";

/** A TCP proxy in front of a real server. It fails on demand, in the ways in which networks and peers fail. */
export class FaultProxy implements Closeable {
  readonly #target: string;
  readonly #links = new Set<Link>();
  #server: Server | undefined;
  #port = 0;
  #fault: Fault = { kind: "none" };

  /** Makes a proxy of `target`, a `host:port`. It listens after `open`. */
  constructor(target: string) {
    this.#target = target;
  }

  /** The `host:port` to use instead of the server's. */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Number of open connections. */
  get connections(): number {
    return this.#links.size;
  }

  /** Listens on a free port of 127.0.0.1, and returns the proxy. */
  async open(): Promise<this> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (near) => this.#connect(near));
    this.#server = server;
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#port = (server.address() as AddressInfo).port;
    return this;
  }

  /** Applies `fault` to all connections from now on, including open ones. */
  async inject(fault: Fault): Promise<void> {
    this.#fault = fault;
    if (fault.kind === "refuse") await this.#stop();
    else if (!this.#server?.listening) await this.open();
    if (fault.kind === "reset" || fault.kind === "refuse") for (const link of this.#links) link.reset();
  }

  /** Ends the fault. Connections that hung go on. */
  async heal(): Promise<void> {
    await this.inject({ kind: "none" });
    for (const link of this.#links) link.resume();
  }

  /** Makes the open connections dead for good, without telling either end. New ones work. */
  strand(): void {
    for (const link of this.#links) link.strand();
  }

  #connect(near: Socket): void {
    if (this.#fault.kind === "reset") {
      near.resetAndDestroy();
      return;
    }
    const link = new Link(near, this.#target, () => this.#fault);
    this.#links.add(link);
    near.once("close", () => link.isStranded || this.#links.delete(link));
  }

  async #stop(): Promise<void> {
    const server = this.#server;
    if (!server?.listening) return;
    server.close();
    for (const link of this.#links) link.reset();
    await once(server, "close");
  }

  /** Stops listening and resets all connections. Closing twice is not an error. */
  async close(): Promise<void> {
    await this.#stop();
  }

  /** Same as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** One connection through the proxy. The current fault applies to each chunk, in both directions. */
class Link {
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #fault: () => Fault;
  readonly #held: (() => void)[] = [];
  isStranded = false;

  constructor(near: Socket, target: string, fault: () => Fault) {
    this.#near = near;
    this.#fault = fault;
    this.#far = connect({ ...parseAddress(target), allowHalfOpen: true });
    this.#join(near, this.#far, false);
    this.#join(this.#far, near, true);
    near.resume();
  }

  #join(from: Socket, to: Socket, reply: boolean): void {
    const disturbed = disturbance(to, reply);
    let chunks = Promise.resolve();
    from.on("data", (chunk: Buffer) => {
      chunks = chunks.then(() => this.#pass(() => disturbed(chunk, this.#fault())));
    });
    from.on("end", () => {
      chunks = chunks.then(() => this.#pass(async () => this.#end(to)));
    });
    from.on("error", () => this.isStranded || to.destroy());
    from.on("close", () => {
      if (!this.isStranded && this.#fault().kind !== "halfOpen" && this.#fault().kind !== "hang")
        to.destroySoon();
    });
  }

  /** Runs `work` now, or once the connection no longer hangs. */
  async #pass(work: () => Promise<void>): Promise<void> {
    if (this.#fault().kind === "hang") await new Promise<void>((resolve) => this.#held.push(resolve));
    if (!this.isStranded) await work();
  }

  strand(): void {
    this.isStranded = true;
  }

  #end(to: Socket): void {
    if (this.#fault().kind !== "halfOpen") to.end();
  }

  resume(): void {
    for (const resolve of this.#held.splice(0)) resolve();
  }

  reset(): void {
    this.isStranded = false;
    this.resume();
    this.#near.resetAndDestroy();
    this.#far.destroy();
  }
}
