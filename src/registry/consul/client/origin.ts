import { isOutOfFiles } from "../../machine.js";
import { fields } from "../../wire/parse.js";
import { CallFailure } from "./call-failure.js";

/** The agent that answered. */
export interface Origin {
  /** Name of its node in Consul. Undefined if it does not tell. */
  readonly node: string | undefined;
  /** True if it is reached over loopback or a Unix socket. */
  readonly local: boolean;
}

/** The body of an answer, and the agent it came from. */
export interface Said {
  readonly body: unknown;
  readonly origin: Origin;
}

/** Milliseconds for which the name of an agent, or its refusal to tell it, is cached. */
const knownFor = 60_000;
const refusedFor = 5000;

/** Asks a local agent for its name on demand, and again after a while: a recreated container has another name. */
export class OriginReader {
  readonly #local: boolean;
  readonly #self: () => Promise<{ readonly body: unknown }>;
  #asking: Promise<Origin> | undefined;
  #until = 0;

  /** `self` must request `/v1/agent/self`. */
  constructor(local: boolean, self: () => Promise<{ readonly body: unknown }>) {
    this.#local = local;
    this.#self = self;
  }

  /**
   * Returns the agent's name. A remote agent is not asked, since its name would not be used.
   * @throws {CallFailure} if this process has no free file descriptor. The next call asks again.
   */
  read(): Promise<Origin> {
    if (!this.#local) return Promise.resolve({ node: undefined, local: false });
    if (this.#asking && performance.now() < this.#until) return this.#asking;
    this.#until = Number.POSITIVE_INFINITY;
    const asking = this.#ask();
    this.#asking = asking;
    const settle = (believed: number) => {
      if (this.#asking === asking) this.#until = performance.now() + believed;
    };
    asking.then(
      ({ node }) => settle(node === undefined ? refusedFor : knownFor),
      () => settle(0),
    );
    return asking;
  }

  /** Forgets the name after a failure: another agent may be listening at the address next. */
  forget(): void {
    this.#asking = undefined;
  }

  async #ask(): Promise<Origin> {
    const answer = await this.#self().catch((error: unknown) => {
      // Without the name, nodes of other machines would be taken for local ones.
      if (error instanceof CallFailure && isOutOfFiles(error.text)) throw error;
      return undefined;
    });
    const { NodeName: node } = fields(fields(answer?.body).Config);
    return { node: typeof node === "string" && node !== "" ? node : undefined, local: true };
  }
}
