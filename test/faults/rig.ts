import { agent } from "../../src/agent/index.js";
import { MicroError } from "../../src/core/errors.js";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { type MicroService, service } from "../../src/service/index.js";
import { type Running, start } from "../support/programs/process.js";

/** The pause of a caller between two calls, in milliseconds. */
const think = 5;

/** One call as its caller saw it; times in milliseconds. */
export interface CallRecord {
  readonly id: string;
  readonly idempotent: boolean;
  readonly start: number;
  readonly duration: number;
  readonly node?: number;
  readonly error?: MicroError;
}

/** Greeter nodes as processes, the embedded registry, and a caller. */
export class Rig implements AsyncDisposable {
  readonly registry: HttpServer;
  readonly nodes: Running[] = [];
  readonly caller: MicroService;
  readonly calls: CallRecord[] = [];
  readonly #ran: string[] = [];
  readonly #env: NodeJS.ProcessEnv;
  readonly #loops: Promise<void>[] = [];
  #calling = true;
  #count = 0;

  private constructor(registry: HttpServer, env: NodeJS.ProcessEnv) {
    this.registry = registry;
    this.#env = { MICRO_REGISTRY_ADDRESS: registry.address, MICRO_LOG_LEVEL: "warn", ...env };
    this.caller = service({ name: "caller", argv: [], env: { MICRO_REGISTRY_ADDRESS: registry.address } });
  }

  static async open(nodes: number, env: NodeJS.ProcessEnv = {}): Promise<Rig> {
    const rig = new Rig(await agent({ address: "127.0.0.1:0" }), env);
    try {
      for (let i = 0; i < nodes; i++) rig.nodes.push(rig.node());
      await rig.present(nodes);
      return rig;
    } catch (error) {
      await rig[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts one more node. */
  node(): Running {
    const node = start(process.execPath, ["--import", "tsx", "test/support/programs/greeter-node.ts"], {
      env: this.#env,
    });
    node.child.stdout?.on("data", (text: string) => {
      for (const line of text.split("\n")) if (line.startsWith("ran ")) this.#ran.push(line.slice(4));
    });
    return node;
  }

  /** Resolves when the caller knows that many nodes. */
  async present(count: number): Promise<void> {
    const signal = AbortSignal.timeout(30_000);
    for await (const { service: changed } of this.caller.catalog.changes({
      service: "go.micro.srv.greeter",
      signal,
    }))
      if (changed.nodes.length === count) return;
    throw new Error(`${count} nodes did not register`);
  }

  /** The id in the registry of the node with that process. */
  async idOf(pid: number): Promise<string> {
    const name = "go.micro.srv.greeter";
    for (const { nodes } of await this.caller.catalog.load(name))
      for (const { id } of nodes) {
        const said = await this.caller.client.call<{ node: number }>(name, "Say.Hello", {}, { node: id });
        if (said.node === pid) return id;
      }
    throw new Error(`no node of process ${pid}`);
  }

  /** Calls without end, as `callers` callers do; every second one is idempotent unless told. */
  call(callers: number, { idempotent }: { idempotent?: boolean } = {}): Promise<unknown> {
    const loops = Array.from({ length: callers }, (_, i) => this.#loop(idempotent ?? i % 2 === 0));
    this.#loops.push(...loops);
    return Promise.all(loops);
  }

  stop(): void {
    this.#calling = false;
  }

  /** Ids of handler runs that happened more than once. */
  duplicates(): string[] {
    const seen = new Set<string>();
    return this.#ran.filter((id) => seen.size === seen.add(id).size);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    // a call that is made while its client closes ends with "catalog: closed", which hides why the test failed
    await Promise.all(this.#loops);
    await this.caller.close();
    await Promise.all(this.nodes.map((node) => node[Symbol.asyncDispose]()));
    await this.registry.close();
  }

  async #loop(idempotent: boolean): Promise<void> {
    const method = idempotent ? "Say.Hello" : "Say.Once";
    while (this.#calling) {
      const id = String(this.#count++);
      const begin = performance.now();
      let outcome: Pick<CallRecord, "node" | "error">;
      try {
        const request = idempotent ? { name: "J" } : { name: "J", call: id };
        outcome = await this.caller.client.call<{ node: number }>("go.micro.srv.greeter", method, request);
      } catch (error) {
        outcome = { error: MicroError.from(error, "caller") };
      }
      const { node, error } = outcome;
      this.calls.push({ id, idempotent, start: begin, duration: performance.now() - begin, node, error });
      await new Promise((resolve) => setTimeout(resolve, think));
    }
  }
}

/** The calls that started between two times. */
export function between(calls: readonly CallRecord[], from: number, to: number): CallRecord[] {
  return calls.filter(({ start: begin }) => begin >= from && begin < to);
}

/** The duration below which a share of the calls stayed. */
export function percentile(calls: readonly CallRecord[], share: number): number {
  const sorted = calls.map(({ duration }) => duration).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
