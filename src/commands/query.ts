import { JsonText, MicroCommand } from "../cli/command.js";
import type { CommandParts } from "../cli/command-parts.js";
import { yesNo } from "../cli/flags/flag-kinds.js";
import { coloured, indented, inline, responseText } from "../cli/output/response.js";
import { type CallFlags, callFlags, callOptions } from "../cli/target/call-flags.js";
import { readTarget, type Target, withService } from "../cli/target/target.js";
import type { CallReport } from "../client/client.js";

export default class Query extends MicroCommand {
  static override summary = "call a method of a service";
  static override completes = "method" as const;
  static override aliases = ["call"];
  static override usage = "query [SERVICE] METHOD [JSON|-|@FILE] [--field NAME=VALUE]";
  static override examples = [
    `micro query go.micro.srv.greeter Say.Hello '{"name":"John"}'`,
    "micro query Say.Hello --name John",
  ];
  static override strict = false;
  static override flags = { ...callFlags, meta: yesNo("with --json: also service, node, attempts and time") };

  async run(): Promise<JsonText> {
    const { argv, flags } = await this.parse(Query);
    await using parts = await this.parts(flags);
    const lookup = this.lookup(parts.registry, flags);
    const target = await this.target(argv.map(String), flags, parts);
    const answered = await withService(target, lookup, (service) =>
      this.#call({ ...target, service }, parts, flags),
    );
    const shown = indented(answered.text);
    this.log(this.terminal.mode === "human" ? coloured(shown, this.terminal.out) : shown);
    return new JsonText(
      flags.meta ? withMeta(answered) : this.terminal.outIsTty ? shown : inline(answered.text),
    );
  }

  /** Reads the target from the words. On a terminal, asks for what is missing. */
  async target(words: readonly string[], flags: CallFlags, parts: CommandParts): Promise<Target> {
    const lookup = this.lookup(parts.registry, flags);
    if (!this.terminal.interactive) return readTarget(words, flags, lookup);
    const { chooseService, promptTarget } = await import("../cli/target/prompt-target.js");
    if (words.length === 0 && flags.file === undefined) return promptTarget(lookup, this.terminal);
    const target = await readTarget(words, flags, lookup, (services) =>
      chooseService(services, this.terminal),
    );
    return target;
  }

  async #call({ service, method, body }: Target, parts: CommandParts, flags: CallFlags): Promise<Answered> {
    const client = await parts.client();
    const options = await callOptions(flags, service, this.lookup(parts.registry, flags), this.signal);
    let report: CallReport | undefined;
    const onDone = (done: CallReport) => {
      report = done;
    };
    const sent = client.call<Uint8Array>(service, method, Buffer.from(body), { ...options, onDone });
    const reply = await this.wait(`${service} ${method}`, sent);
    return { service, method, text: responseText(reply), report };
  }
}

interface Answered {
  readonly service: string;
  readonly method: string;
  readonly text: string;
  readonly report: CallReport | undefined;
}

function withMeta({ service, method, text, report }: Answered): string {
  const rest = JSON.stringify({
    service,
    version: report?.version ?? null,
    method,
    node: report?.node?.id ?? null,
    attempts: report?.attempts ?? 1,
    duration_ms: Math.round((report?.duration ?? 0) * 1000) / 1000,
  });
  return `{"response":${inline(text)},${inline(rest).slice(1)}`;
}
