import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { MemoryBroker } from "../../src/broker/memory.js";
import { MicroClient } from "../../src/client/micro-client.js";
import { Codecs } from "../../src/codec/index.js";
import { type MicroError, timeout } from "../../src/core/errors.js";
import type { Message } from "../../src/core/message.js";
import { Catalog } from "../../src/registry/catalog/catalog.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { CatalogSelector, type Strategy } from "../../src/selector/index.js";
import type { CallLimits, Connection, MessageStream, Transport } from "../../src/transport/transport.js";
import { MovedClock } from "../support/moved-clock.js";

export const serviceName = "go.micro.srv.scripted";

/** One request as a node received it. */
export interface Received {
  readonly node: string;
  /** Milliseconds since the test began. */
  readonly at: number;
  /** What the header says which attempt it is. */
  readonly attempt: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** How a node answers: after how many milliseconds, and with which error. Undefined for a node that never answers. */
export type Answer = { readonly after?: number; readonly error?: MicroError } | undefined;

/** The first node by its id that the filters leave. */
const inOrder: Strategy = (services) => {
  const [first] = services.flatMap(({ nodes }) => nodes).sort((a, b) => (a.id < b.id ? -1 : 1));
  return () => first ?? assert.fail("no node");
};

/** A client, and nodes that answer as the test says. All of them use a clock that the test moves. */
export class ScriptedNodes implements AsyncDisposable {
  readonly clock: MovedClock;
  readonly received: Received[] = [];
  readonly client: MicroClient;
  /** What the node of that id answers to its request; `index` counts the requests of all nodes from 0. */
  answer: (node: string, index: number) => Answer = () => ({});
  #restore = () => {};
  readonly #start: number;
  readonly #broker = new MemoryBroker();
  readonly #registry = new MemoryRegistry();
  readonly #catalog = new Catalog(this.#registry, { probe: async () => false });
  readonly #selector: CatalogSelector;

  private constructor(clock: MovedClock) {
    this.clock = clock;
    this.#start = clock.now();
    this.#selector = new CatalogSelector(this.#catalog, { clock, strategy: inOrder });
    const transport: Transport = {
      name: "scripted",
      dial: async (address) => this.#connection(address),
      listen: () => assert.fail("no listener"),
      close: async () => {},
      [Symbol.asyncDispose]: async () => {},
    };
    this.client = new MicroClient(
      {
        selector: this.#selector,
        catalog: this.#catalog,
        transports: async () => transport,
        broker: this.#broker,
        codecs: new Codecs(),
      },
      { clock },
    );
  }

  /** Registers the nodes `ids`. While they are open, `performance.now()` is their clock too. */
  static async open(t: TestContext, ...ids: readonly string[]): Promise<ScriptedNodes> {
    const clock = new MovedClock();
    const { mock } = t.mock.method(performance, "now", () => clock.now());
    const made = new ScriptedNodes(clock);
    // before the next ones are opened: at the end of the test node:test would restore the mock before the last one
    made.#restore = () => mock.restore();
    await made.#registry.register(entry(ids));
    await made.#catalog.load(serviceName);
    return made;
  }

  /** Removes every node from the registry. */
  async leave(): Promise<void> {
    const nodes = this.#catalog.services(serviceName)?.flatMap((service) => service.nodes) ?? [];
    await this.#registry.deregister({ ...entry([]), nodes });
    for (let i = 0; i < 100 && this.#catalog.services(serviceName)?.length; i++) await this.settle();
    assert.deepEqual(this.#catalog.services(serviceName) ?? [], []);
  }

  /** Calls the method `Say.Hello`, and moves the clock by `time` milliseconds, in which the call has to end. */
  call(options: Parameters<MicroClient["call"]>[3] = {}, time = 10_000): Promise<unknown> {
    return this.#ended(this.client.call(serviceName, "Say.Hello", {}, options), time);
  }

  /** Opens a stream in the same way. */
  stream(options: Parameters<MicroClient["stream"]>[2] = {}, time = 10_000): Promise<unknown> {
    return this.#ended(this.client.stream(serviceName, "Say.Hello", options), time);
  }

  async #ended(call: Promise<unknown>, time: number): Promise<unknown> {
    const settled = call.then(
      () => true,
      () => true,
    );
    await this.settle();
    await this.clock.pass(time);
    assert.equal(await Promise.race([settled, this.settle()]), true, "the call has ended");
    return call;
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<undefined> {
    for (let i = 0; i < 5; i++) await new Promise(setImmediate);
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#restore();
    await this.#selector.close();
    await this.#catalog.close();
    await this.#registry.close();
    await this.#broker.close();
  }

  #connection(address: string): Connection {
    const node = String.fromCharCode(Number(address.split(":")[1]));
    return {
      closed: false,
      call: (message, limits = {}) => this.#receive(node, message, limits),
      stream: (message, limits = {}) => this.#receive(node, message, limits).then(emptyStream),
      close: async () => {},
      [Symbol.asyncDispose]: async () => {},
    };
  }

  #receive(node: string, { header }: Message, limits: CallLimits): Promise<Message> {
    const answer = this.answer(node, this.received.length);
    this.received.push({
      node,
      at: this.clock.now() - this.#start,
      attempt: header["X-Micro-Attempt"],
      signal: limits.signal,
    });
    return new Promise((resolve, reject) => {
      limits.signal?.addEventListener("abort", () => reject(limits.signal?.reason));
      const late = () => reject(timeout("go.micro.client", "no answer", { executed: "unknown" }));
      if (limits.timeout !== undefined) this.clock.schedule(limits.timeout, late);
      if (!answer) return;
      const reply = { header: {}, body: Buffer.from(JSON.stringify({ node })) };
      this.clock.schedule(answer.after ?? 0, () => (answer.error ? reject(answer.error) : resolve(reply)));
    });
  }
}

function emptyStream(): MessageStream {
  return {
    send: async () => {},
    end: async () => {},
    close: async () => {},
    async *[Symbol.asyncIterator]() {},
    [Symbol.asyncDispose]: async () => {},
  };
}

/** The port of a node is the code of the one letter of its id. */
function entry(ids: readonly string[]) {
  const metadata = { protocol: "mucp", transport: "scripted" };
  const nodes = ids.map((id) => ({ id, address: "127.0.0.1", port: id.charCodeAt(0), metadata }));
  return { name: serviceName, version: "1", metadata: {}, endpoints: [], nodes };
}
