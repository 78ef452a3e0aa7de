import { addAbortSignal } from "node:stream";
import { MicroCommand } from "../cli/command.js";
import type { CommandParts } from "../cli/command-parts.js";
import { CliError } from "../cli/errors.js";
import { count, duration, yesNo } from "../cli/flags/flag-kinds.js";
import { coloured, indented, inline, responseText } from "../cli/output/response.js";
import { jsonLines } from "../cli/request/request-source.js";
import { type CallFlags, callFlags, callOptions } from "../cli/target/call-flags.js";
import { readTarget, type Target, withService } from "../cli/target/target.js";
import type { Stream as Messages } from "../client/client.js";
import { withTimeout } from "../core/async/with-timeout.js";
import { formatDuration } from "../core/time/duration.js";

type Bytes = Messages<Uint8Array>;

export default class Stream extends MicroCommand {
  static override summary = "open a stream to a method and print its messages";
  static override completes = "method" as const;
  static override usage = "stream [SERVICE] METHOD [JSON|-|@FILE] [--input]";
  static override examples = [`micro stream go.micro.srv.greeter Streamer.Count '{"count":3}'`];
  static override strict = false;
  static override flags = {
    ...callFlags,
    input: yesNo("send every line of standard input as a message"),
    count: count("end after so many messages"),
    idle_timeout: duration("end when nothing came for this long (default 60s)", { least: 1 }),
  };

  async run(): Promise<undefined> {
    const { argv, flags } = await this.parse(Stream);
    await using parts = await this.parts(flags);
    const words = argv.map(String);
    const readsInput = words.at(-1) === "-" && words.length > 1;
    const lookup = this.lookup(parts.registry, flags);
    const target = await readTarget(readsInput ? words.slice(0, -1) : words, flags, lookup);
    await withService(target, lookup, async (service) => {
      await using stream = await this.#open({ ...target, service }, parts, flags);
      // a typed body is sent first; with input alone, only the lines are sent
      const given = readsInput ? words.length - 1 : words.length;
      const typed = given > 2 || target.body !== "{}" || !(readsInput || flags.input);
      const sending = this.#send(stream, typed ? target.body : undefined, readsInput || flags.input);
      await Promise.race([
        this.#print(stream, target, flags),
        sending.then(() => new Promise<never>(() => {})),
      ]);
    });
    return undefined;
  }

  async #open(target: Target, parts: CommandParts, flags: CallFlags): Promise<Bytes> {
    const client = await parts.client();
    const options = await callOptions(flags, target.service, this.lookup(parts.registry, flags), this.signal);
    return client.stream<Uint8Array>(target.service, target.method, { ...options, timeout: undefined });
  }

  async #send(stream: Bytes, body: string | undefined, input: boolean): Promise<void> {
    if (body !== undefined) await stream.send(Buffer.from(body));
    if (input) {
      for await (const line of jsonLines(addAbortSignal(this.signal, process.stdin)))
        await stream.send(Buffer.from(line));
    }
    await stream.end();
  }

  async #print(
    stream: Bytes,
    { service, method }: Target,
    flags: { count?: number; idle_timeout?: number },
  ): Promise<void> {
    const idle = flags.idle_timeout ?? 60_000;
    const messages = stream[Symbol.asyncIterator]();
    for (let left = flags.count ?? Number.POSITIVE_INFINITY; left > 0; left--) {
      const next = await withTimeout(messages.next(), idle, () => {
        const text = `${service} ${method}: nothing came for ${formatDuration(idle)}`;
        return new CliError("TIMEOUT", text, { service, method });
      });
      if (next.done) return;
      await this.#message(responseText(next.value));
    }
  }

  async #message(text: string): Promise<void> {
    if (this.terminal.mode !== "human") return this.write(`${inline(text)}\n`);
    return this.write(`${coloured(indented(text), this.terminal.out)}\n`);
  }
}
