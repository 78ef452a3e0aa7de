import { Args } from "@oclif/core";
import { MicroCommand } from "../cli/command.js";
import type { CommandParts } from "../cli/command-parts.js";
import { askNodes, type NodeAnswer } from "../cli/connect/ask-nodes.js";
import { nodeAddress, nodeJson, nodesText, statusOf } from "../cli/connect/node-report.js";
import { repeat } from "../cli/connect/repeat.js";
import { awaitService } from "../cli/connect/wait-service.js";
import { duration, text, yesNo } from "../cli/flags/flag-kinds.js";
import { table } from "../cli/output/table.js";
import { sanitise } from "../cli/sanitise.js";
import type { Lookup } from "../cli/target/lookup.js";
import { findService } from "../cli/target/resolve.js";

interface Report {
  readonly service: string;
  readonly healthy: boolean;
  readonly nodes: readonly object[];
}

export default class Health extends MicroCommand {
  static override summary = "check the health of every node of a service";
  static override completes = "service" as const;
  static override examples = ["micro health go.micro.srv.greeter", "micro health greeter --any --wait"];
  static override args = {
    service: Args.string({ required: true, ignoreStdin: true, description: "name of the service" }),
  };
  static override flags = {
    node: text("only this node: its id or host:port"),
    any: yesNo("content with one healthy node"),
    watch: yesNo("ask again and again"),
    interval: duration("time between two rounds (default 2s)", { least: 1 }),
    wait: yesNo("wait until it is healthy"),
    wait_timeout: duration("how long to wait (default 30s)"),
  };

  async run(): Promise<Report | undefined> {
    const { args, flags } = await this.parse(Health);
    await using parts = await this.parts(flags);
    const lookup = this.lookup(parts.registry, flags);
    if (flags.wait) await awaitService(args.service, lookup, flags.wait_timeout);
    const ask = () => this.#ask(args.service, lookup, parts, flags);
    if (flags.watch) return await this.#watch(ask, flags.interval);
    const deadline = performance.now() + (flags.wait ? (flags.wait_timeout ?? 30_000) : 0);
    let report = await this.wait(`asking ${args.service}`, ask());
    const done = () => report.healthy || performance.now() >= deadline;
    await repeat(500, this.signal, async () => {
      if (done()) return true;
      report = await ask();
      return done();
    });
    await this.#show(report);
    if (!report.healthy) this.endAs("UNHEALTHY");
    return { service: report.service, healthy: report.healthy, nodes: report.nodes };
  }

  async #watch(ask: () => Promise<Asked>, interval = 2000): Promise<undefined> {
    await repeat(interval, this.signal, async () => {
      const report = await ask();
      const { service, healthy, nodes } = report;
      if (this.jsonEnabled()) await this.write(`${this.formatJson({ service, healthy, nodes })}\n`);
      else await this.#show(report);
      return false;
    });
  }

  async #ask(
    typed: string,
    lookup: Lookup,
    parts: CommandParts,
    flags: { node?: string; any: boolean },
  ): Promise<Asked> {
    const { name: service, versions } = await findService(typed, lookup, true);
    const answers = await askNodes(versions, "Debug.Health", await parts.client(), {
      node: flags.node,
      signal: this.signal,
    });
    const oks = answers.filter((answer) => statusOf(answer) === "ok").length;
    const healthy = flags.any ? oks > 0 : oks === answers.length;
    return { service, healthy, nodes: answers.map(healthJson), answers };
  }

  async #show({ service, answers }: Asked): Promise<void> {
    if (this.terminal.mode === "human") this.log(await this.#table(answers));
    else if (this.terminal.mode === "plain")
      await this.write(nodesText(service, answers, "status", (answer) => sanitise(statusOf(answer))));
  }

  #table(answers: readonly NodeAnswer[]): Promise<string> {
    const { out } = this.terminal;
    const columns = [
      { head: "NODE", whole: true },
      { head: "ADDRESS", whole: true },
      { head: "VERSION" },
      { head: "STATUS", paint: (cell: string) => (cell === "ok" ? out.green(cell) : out.red(cell)) },
      { head: "TIME", right: true },
    ];
    const rows = answers.map((answer) => [
      answer.node.id,
      nodeAddress(answer),
      answer.version,
      statusOf(answer),
      `${Math.round(answer.latency)}ms`,
    ]);
    return table(columns, rows, this.terminal);
  }
}

interface Asked extends Report {
  readonly answers: readonly NodeAnswer[];
}

function healthJson(answer: NodeAnswer): object {
  const status = statusOf(answer);
  const latency_ms = Math.round(answer.latency * 1000) / 1000;
  const error = answer.failure ? { code: answer.failure.code, message: answer.failure.message } : undefined;
  return { ...nodeJson(answer), status, healthy: status === "ok", latency_ms, error };
}
