import { Args } from "@oclif/core";
import { MicroCommand } from "../cli/command.js";
import type { CommandParts } from "../cli/command-parts.js";
import { askNodes, type NodeAnswer } from "../cli/connect/ask-nodes.js";
import { nodeAddress, nodeJson, nodesText, statsCells, statsOf } from "../cli/connect/node-report.js";
import { repeat } from "../cli/connect/repeat.js";
import { CliError } from "../cli/errors.js";
import { duration, text, yesNo } from "../cli/flags/flag-kinds.js";
import { table } from "../cli/output/table.js";
import type { Lookup } from "../cli/target/lookup.js";
import { findService } from "../cli/target/resolve.js";
import { shellQuote } from "../core/text/shell-quote.js";

interface Report {
  readonly service: string;
  readonly nodes: readonly object[];
}

export default class Stats extends MicroCommand {
  static override summary = "show the statistics of every node of a service";
  static override completes = "service" as const;
  static override examples = ["micro stats go.micro.srv.greeter", "micro stats greeter --watch"];
  static override args = {
    service: Args.string({ required: true, ignoreStdin: true, description: "name of the service" }),
  };
  static override flags = {
    node: text("only this node: its id or host:port"),
    watch: yesNo("ask again and again"),
    interval: duration("time between two rounds (default 2s)", { least: 1 }),
  };

  async run(): Promise<Report | undefined> {
    const { args, flags } = await this.parse(Stats);
    await using parts = await this.parts(flags);
    const lookup = this.lookup(parts.registry, flags);
    const ask = () => this.#ask(args.service, lookup, parts, flags.node);
    if (flags.watch) {
      await repeat(flags.interval ?? 2000, this.signal, async () => {
        const result = await ask();
        if (this.jsonEnabled()) await this.write(`${this.formatJson(reportOf(result))}\n`);
        else await this.#show(result);
        return false;
      });
      return undefined;
    }
    const result = await this.wait(`asking ${args.service}`, ask());
    const failed = result.answers.every(({ failure }) => failure);
    if (failed && !this.jsonEnabled()) await this.#show(result);
    if (failed) throw unanswered(result);
    await this.#show(result);
    return reportOf(result);
  }

  async #ask(typed: string, lookup: Lookup, parts: CommandParts, node: string | undefined): Promise<Asked> {
    const { name: service, versions } = await findService(typed, lookup, true);
    const client = await parts.client();
    return {
      service,
      answers: await askNodes(versions, "Debug.Stats", client, { node, signal: this.signal }),
    };
  }

  async #show({ service, answers }: Asked): Promise<void> {
    if (this.terminal.mode === "human")
      return this.log(await table(columns, answers.map(row), this.terminal));
    if (this.terminal.mode === "json") return;
    const head = "started\tuptime\tmemory\tthreads\tgc";
    await this.write(nodesText(service, answers, head, (answer) => statsCells(answer).join("\t")));
  }
}

interface Asked {
  readonly service: string;
  readonly answers: readonly NodeAnswer[];
}

const columns = [
  { head: "NODE", whole: true },
  { head: "ADDRESS", whole: true },
  { head: "STARTED" },
  { head: "UPTIME", right: true },
  { head: "MEMORY", right: true },
  { head: "THREADS", right: true },
  { head: "GC", right: true },
];

function row(answer: NodeAnswer): string[] {
  return [answer.node.id, nodeAddress(answer), ...statsCells(answer)];
}

function reportOf({ service, answers }: Asked): Report {
  return { service, nodes: answers.map(statsJson) };
}

function statsJson(answer: NodeAnswer): object {
  if (answer.failure) {
    const { code, message } = answer.failure;
    const none = { started: null, uptime_s: null, memory_bytes: null, threads: 0, gc_ns: null };
    return { ...nodeJson(answer), ...none, error: { code, message } };
  }
  const { started, uptime, memory, threads, gc } = statsOf(answer);
  const at = new Date(started * 1000).toISOString();
  return { ...nodeJson(answer), started: at, uptime_s: uptime, memory_bytes: memory, threads, gc_ns: gc };
}

/** Makes the error if no node answered: exit code 6 if all timed out, otherwise 5. */
function unanswered({ service, answers }: Asked): CliError {
  const late = answers.every(({ failure }) => failure?.code === "TIMEOUT");
  const [first] = answers;
  const hint = `micro health ${shellQuote(service)}`;
  return new CliError(
    late ? "TIMEOUT" : "NODE_UNREACHABLE",
    `no node of "${service}" answered: ${first?.failure?.message ?? ""}`,
    { hint, service },
  );
}
