import { isOutOfFiles } from "../../machine.js";
import { fields } from "../../wire/parse.js";
import { CallFailure } from "./call-failure.js";

/** The agent that answered. */
export interface Origin {
  /** The name of its node in Consul; nothing when it does not say. */
  readonly node: string | undefined;
  /** It is asked over loopback or a socket file. */
  readonly local: boolean;
}

/** The body of an answer, and who gave it. */
export interface Said {
  readonly body: unknown;
  readonly origin: Origin;
}

/** Milliseconds for which the name of an agent is believed, and for which a refusal to tell it is. */
const knownFor = 60_000;
const refusedFor = 5000;

/** Asks an agent of this machine for its name when that is needed, and now and then again: a container gets a new one. */
export class OriginReader {
  readonly #local: boolean;
  readonly #self: () => Promise<{ readonly body: unknown }>;
  #asking: Promise<Origin> | undefined;
  #until = 0;

  /** `self` asks for `/v1/agent/self`. */
  constructor(local: boolean, self: () => Promise<{ readonly body: unknown }>) {
    this.#local = local;
    this.#self = self;
  }

  /**
   * An agent of another machine is not asked: its name would tell nothing.
   * @throws {CallFailure} while this process has no file descriptor to ask with; then the next one asks again.
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

  /** The agent failed: another one may answer at its address next. */
  forget(): void {
    this.#asking = undefined;
  }

  async #ask(): Promise<Origin> {
    const answer = await this.#self().catch((error: unknown) => {
      // Taken for an agent without a name, it would make the nodes of others those of this machine.
      if (error instanceof CallFailure && isOutOfFiles(error.text)) throw error;
      return undefined;
    });
    const { NodeName: node } = fields(fields(answer?.body).Config);
    return { node: typeof node === "string" && node !== "" ? node : undefined, local: true };
  }
}
