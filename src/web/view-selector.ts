import { notFound } from "../core/errors.js";
import type { Node } from "../core/service.js";
import type { Next, Selector } from "../selector/selector.js";
import { fails } from "./diff.js";
import { id } from "./parts.js";
import type { RegistryView } from "./registry-view.js";

/** Milliseconds for which a node that failed comes last. */
const avoidFor = 10_000;

/** Picks nodes of web apps from the view that the dashboard keeps anyway: in random order, failing ones last. */
export class ViewSelector implements Selector {
  readonly #view: RegistryView;
  readonly #failed = new WeakMap<Node, number>();

  constructor(view: RegistryView) {
    this.#view = view;
  }

  async select(service: string): Promise<Next> {
    await this.#view.ready;
    const nodes = this.#view.services(service).flatMap((version) => version.nodes);
    const order = nodes
      .map((node) => ({ node, rank: this.#rank(node) }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ node }) => node);
    const [first] = order;
    if (first === undefined) throw notFound(id, `service "${service}": no node`, { reason: "NO_NODES" });
    let at = 0;
    return () => order[at++ % order.length] ?? first;
  }

  sent(): void {}

  mark(node: Node, { error }: { readonly error?: unknown }): void {
    if (error === undefined) this.#failed.delete(node);
    else this.#failed.set(node, performance.now());
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}

  #rank(node: Node): number {
    const failedAt = this.#failed.get(node);
    const avoided = failedAt !== undefined && performance.now() - failedAt < avoidFor;
    return Math.random() + (fails(node) ? 2 : 0) + (avoided ? 1 : 0);
  }
}
