import { once } from "node:events";
import { Command, Config, type Interfaces } from "@oclif/core";
import type { Reason } from "../core/errors.js";
import { settings } from "../core/settings/settings.js";
import { readTexts } from "../core/settings/values.js";
import { stringifyJson } from "../core/text/json.js";
import type { Registry } from "../registry/registry.js";
import type { CommandParts } from "./command-parts.js";
import { describeRegistry, openParts, openRegistry } from "./connect/connect.js";
import { CliError, exitCodes, usage } from "./errors.js";
import { type GlobalFlags, globalFlags } from "./flags/global-flags.js";
import type { Completes } from "./invocation.js";
import { spin } from "./output/spinner.js";
import { type Terminal, terminal } from "./output/terminal.js";
import { sanitiseJson, sanitiseLines } from "./sanitise.js";
import { Interruption } from "./startup/interruption.js";
import { standardError } from "./stderr-stream.js";
import type { Lookup } from "./target/lookup.js";

/** A result that is JSON text already. Only its indentation is changed. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/**
 * Base class of the commands. A command parses, makes one call, prints, and returns the value for `--json`. Whatever it
 * throws becomes one `CliError` in `main`, which alone sets the exit code.
 */
export abstract class MicroCommand extends Command {
  static override baseFlags = globalFlags;
  /** True for a program that runs until it is stopped: stopping it is not a failure. */
  static serves = false;
  /** What shell completion offers for the arguments. */
  static completes: Completes | undefined;

  #terminal: Terminal | undefined;
  #interruption: Interruption | undefined;
  #drained: Promise<unknown> | undefined;

  /** Like oclif's, but does not load a given configuration again, which takes 4 ms at every start. */
  static override async run<T extends Command>(
    this: new (
      argv: string[],
      config: Config,
    ) => T,
    argv = process.argv.slice(2),
    config?: Interfaces.LoadOptions,
  ): Promise<ReturnType<T["run"]>> {
    const command = new this(argv, config instanceof Config ? config : await Config.load(config));
    if (!(command instanceof MicroCommand)) throw new TypeError("not a command of micro");
    return command._run();
  }

  /** How this run reads and prints. */
  get terminal(): Terminal {
    this.#terminal ??= terminal(this.argv);
    return this.#terminal;
  }

  /** Aborts on Ctrl-C, SIGTERM, SIGHUP, SIGQUIT, a closed pipe, and `--timeout`. */
  get signal(): AbortSignal {
    this.#interruption ??= new Interruption({ timeout: this.#timeout(), serves: this.#serves });
    return this.#interruption.signal;
  }

  /** Opens the registry that the flags name. */
  registry(flags: GlobalFlags): Promise<Registry> {
    return openRegistry(flags, (line) => this.note(line));
  }

  /** Opens registry, client and broker that the flags name, or those behind the sidecar. */
  parts(flags: GlobalFlags): Promise<CommandParts> {
    return openParts(flags, (line) => this.note(line));
  }

  /** Returns the context for looking up names in `registry`. */
  lookup(registry: Registry, flags: GlobalFlags): Lookup {
    return { registry, signal: this.signal, registryLabel: describeRegistry(flags) };
  }

  /** Sets the exit code of a kind of failure. The result is still printed. */
  endAs(reason: Reason): void {
    process.exitCode = exitCodes[reason];
  }

  /** Announces that a program is ready: a line for people, an event under `--json`. */
  ready(place: { name: string; id?: string; address: string; url: string; registry?: string }): void {
    if (this.jsonEnabled()) process.stdout.write(`${this.formatJson({ event: "ready", ...place })}\n`);
    else this.note(`${place.name} at ${place.url}`);
  }

  /** Shows a spinner while `work` takes longer than a moment. */
  wait<T>(text: string, work: Promise<T>): Promise<T> {
    return spin(text, this.terminal, work);
  }

  override jsonEnabled(): boolean {
    return this.terminal.mode === "json";
  }

  /** Prints a line on standard output. Nothing under `--json`. */
  override log(line = ""): void {
    if (!this.jsonEnabled()) process.stdout.write(`${line}\n`);
  }

  /** Prints a line for people on standard error. Nothing under `--json` or `--quiet`. */
  note(line: string): void {
    if (!this.terminal.quiet) standardError().write(`${sanitiseLines(line)}\n`);
  }

  /** Writes to standard output, and waits while its reader is behind. */
  async write(text: string): Promise<void> {
    process.stdout.write(text);
    await this.drained();
  }

  /** Waits while the reader of standard output is behind. @throws the reason of `signal` if it aborts. */
  async drained(): Promise<void> {
    if (!process.stdout.writableNeedDrain) return;
    this.#drained ??= once(process.stdout, "drain", { signal: this.signal }).finally(() => {
      this.#drained = undefined;
    });
    await this.#drained;
  }

  /** Prints one JSON document: indented on a terminal, otherwise on one line. */
  override logJson(value: unknown): void {
    process.stdout.write(`${this.formatJson(value, this.terminal.outIsTty ? 2 : undefined)}\n`);
  }

  formatJson(value: unknown, indent?: number): string {
    return sanitiseJson(value instanceof JsonText ? value.text : stringifyJson(value, indent));
  }

  /** Like oclif's, but refuses an empty service name, which would stand for all services. */
  protected override async parse<
    F extends Interfaces.OutputFlags<F>,
    B extends Interfaces.OutputFlags<B>,
    A extends Interfaces.OutputArgs<A>,
  >(options?: Interfaces.Input<F, B, A>, argv?: string[]): Promise<Interfaces.ParserOutput<F, B, A>> {
    const parsed = await super.parse<F, B, A>(options, argv);
    if ((parsed.args as { service?: unknown }).service === "")
      throw usage("the name of the service is empty", "micro list services");
    return parsed;
  }

  override async init(): Promise<void> {
    this.signal.throwIfAborted();
  }

  override async catch(error: Error): Promise<never> {
    // strip the text that oclif puts around the message of a flag
    if (error instanceof CliError)
      error.message = error.message.replace(/^Parsing --\S+ \n\t(.*)\nSee more help with --help$/s, "$1");
    throw this.signal.reason instanceof Error && error.name === "AbortError" ? this.signal.reason : error;
  }

  override async finally(error: Error | undefined): Promise<void> {
    this.#interruption?.end();
    const { aborted, reason } = this.signal;
    if (!error && aborted && !this.#serves) throw reason;
  }

  get #serves(): boolean {
    return (this.constructor as typeof MicroCommand).serves;
  }

  #timeout(): number | undefined {
    const token = this.argv.findLast((word) => word.startsWith("--timeout="));
    return token === undefined ? undefined : readTexts(settings.timeout, [token.slice("--timeout=".length)]);
  }
}
