import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Command, Config, Plugin } from "@oclif/core";
import { main } from "../../../src/cli/startup/main.js";

/** Milliseconds to wait for a text. */
const patience = 20_000;

/** What a command printed, and its exit code. */
export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One run of a command in this process. */
export interface RunningCommand {
  /** Resolves with what it printed once that matches. */
  readonly output: (expected: RegExp) => Promise<string>;
  /** Ends it as SIGTERM would. */
  readonly stop: () => void;
  readonly ended: Promise<Printed>;
}

/**
 * The command line from source, in this process: flags, variables, files, exit codes and output are those of the program,
 * and a run takes milliseconds. One command runs at a time.
 */
export class InProcess {
  readonly #config: Config;

  private constructor(config: Config) {
    this.#config = config;
  }

  static async open(): Promise<InProcess> {
    const root = fileURLToPath(new URL("../../../", import.meta.url));
    const { oclif, ...pjson } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
    const commands = { ...oclif.commands, target: "./src/commands" };
    const options = { root, pjson: { ...pjson, oclif: { ...oclif, commands } }, enableAutoTranspile: false };
    const plugin = new SourcePlugin({ ...options, ignoreManifest: true });
    await plugin.load();
    return new InProcess(await Config.load({ ...options, plugins: new Map([[plugin.name, plugin]]) }));
  }

  /** Ids of all commands: `get:service`. */
  get ids(): readonly string[] {
    return this.#config.commands.map(({ id }) => id);
  }

  /** `input` is what standard input holds. */
  run(words: readonly string[], input = ""): Promise<Printed> {
    return this.start(words, input).ended;
  }

  start(words: readonly string[], input = ""): RunningCommand {
    Object.defineProperty(process, "stdin", { value: Readable.from([input]), configurable: true });
    const output = new Output();
    const ended = main(words, this.#config).then(() => {
      const code = Number(process.exitCode ?? 0);
      process.exitCode = 0;
      return { code, ...output.end() };
    });
    return {
      output: (expected) => output.matching(expected, ended),
      stop: () => void process.emit("SIGTERM"),
      ended,
    };
  }
}

/** Imports commands by a path that the bundler of the unit tests can follow. */
class SourcePlugin extends Plugin {
  override async findCommand(id: string): Promise<Command.Class> {
    const { default: command } = await import(`../../../src/commands/${id.replaceAll(":", "/")}.ts`);
    return Object.assign(command, { id, plugin: this });
  }
}

/** The text that is written to standard output and standard error. The runner of `node --test` writes bytes, which pass through. */
class Output {
  readonly #text = { stdout: "", stderr: "" };
  readonly #restore: (() => void)[] = [];
  #onText: (() => void) | undefined;

  constructor() {
    for (const name of ["stdout", "stderr"] as const) {
      const stream = process[name];
      const { write } = stream;
      stream.write = (chunk: string | Uint8Array, ...rest: never[]) => {
        if (typeof chunk !== "string") return write.call(stream, chunk, ...rest);
        this.#text[name] += chunk;
        this.#onText?.();
        return true;
      };
      this.#restore.push(() => {
        stream.write = write;
      });
    }
  }

  /** Resolves with all the text once it matches. */
  async matching(expected: RegExp, ended: Promise<unknown>): Promise<string> {
    let over = false;
    const end = Promise.race([ended, setTimeout(patience, undefined, { ref: false })]).then(() => {
      over = true;
    });
    for (;;) {
      const text = this.#text.stdout + this.#text.stderr;
      if (expected.test(text)) return text;
      if (over) throw new Error(`no ${expected} in: ${text}`);
      const more = new Promise<void>((resolve) => {
        this.#onText = resolve;
      });
      await Promise.race([more, end]);
    }
  }

  end(): { readonly stdout: string; readonly stderr: string } {
    for (const restore of this.#restore) restore();
    return this.#text;
  }
}
