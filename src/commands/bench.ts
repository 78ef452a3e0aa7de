import { allowed, allowedErrors } from "../cli/bench/limits.js";
import { Load, type Once } from "../cli/bench/load.js";
import { type BenchReport, benchReport, benchText } from "../cli/bench/report.js";
import { MicroCommand } from "../cli/command.js";
import type { CommandParts } from "../cli/command-parts.js";
import { count, duration, text } from "../cli/flags/flag-kinds.js";
import { sanitiseLines } from "../cli/sanitise.js";
import { type CallFlags, callFlags, callOptions } from "../cli/target/call-flags.js";
import { readTarget, type Target, withService } from "../cli/target/target.js";
import type { CallReport } from "../client/client.js";

export default class Bench extends MicroCommand {
  static override summary = "measure a method under load";
  static override completes = "method" as const;
  static override usage = "bench SERVICE METHOD [JSON|-|@FILE]";
  static override examples = ["micro bench go.micro.srv.greeter Say.Hello '{}' -c 32 -d 5s"];
  static override strict = false;
  static override flags = {
    ...callFlags,
    concurrency: count("calls in flight at one time (default 8)", { char: "c", least: 1 }),
    duration: duration("how long (default 10s)", { char: "d", least: 1 }),
    requests: count("how many requests, instead of how long", { char: "n", least: 1 }),
    rate: count("requests per second, sent even when answers are late", { least: 1 }),
    warmup: duration("load that is not counted, before (default 1s)"),
    max_errors: text("share of errors that is no failure (default 0%)", { helpValue: "PERCENT" }),
  };

  async run(): Promise<BenchReport> {
    const { argv, flags } = await this.parse(Bench);
    const most = allowedErrors(flags.max_errors);
    await using parts = await this.parts(flags);
    const lookup = this.lookup(parts.registry, flags);
    const target = await readTarget(argv.map(String), flags, lookup);
    const { once, service } = await withService(target, lookup, (service) =>
      this.#answering({ ...target, service }, parts, flags),
    );
    await allowed(await parts.registry.getService(service, { signal: this.signal }), flags, this.terminal);
    const { concurrency = 8, requests = Number.POSITIVE_INFINITY, rate, warmup = 1000 } = flags;
    const fallback = requests === Number.POSITIVE_INFINITY ? 10_000 : Number.POSITIVE_INFINITY;
    const shape = { concurrency, rate, signal: this.signal };
    await new Load(once, { ...shape, duration: warmup, requests: Number.POSITIVE_INFINITY }).run();
    const load = new Load(once, { ...shape, duration: flags.duration ?? fallback, requests });
    const result = await this.wait(`${service} ${target.method}`, load.run());
    const report = benchReport({ service, method: target.method, concurrency }, result);
    this.log(sanitiseLines(benchText(report, result)));
    if (report.requests - report.ok > most * report.requests) this.endAs("REMOTE_ERROR");
    return report;
  }

  /** Makes one call first, so that a wrong name, request or node is reported before any load. */
  async #answering({ service, method, body }: Target, parts: CommandParts, flags: CallFlags) {
    const client = await parts.client();
    const options = await callOptions(flags, service, this.lookup(parts.registry, flags), this.signal);
    const request = Buffer.from(body);
    const once: Once = async () => {
      let report: CallReport | undefined;
      const onDone = (done: CallReport) => {
        report = done;
      };
      await client.call(service, method, request, { ...options, onDone });
      return report?.node?.id;
    };
    await once();
    return { once, service };
  }
}
