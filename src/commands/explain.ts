import { MicroCommand } from "../cli/command.js";
import { type Check, checkJson, checkLines } from "../cli/doctor/checks.js";
import { explain } from "../cli/doctor/explanation.js";
import { yesNo } from "../cli/flags/flag-kinds.js";
import { callFlags } from "../cli/target/call-flags.js";
import { readTarget } from "../cli/target/target.js";

export default class Explain extends MicroCommand {
  static override summary = "make a call step by step and show where it fails";
  static override completes = "method" as const;
  static override usage = "explain [SERVICE] METHOD [JSON|-|@FILE]";
  static override examples = [`micro explain go.micro.srv.greeter Say.Hello '{"name":"John"}'`];
  static override strict = false;
  static override flags = { ...callFlags, dry_run: yesNo("send nothing") };

  async run(): Promise<{ ok: boolean; steps: readonly Check[] }> {
    const { argv, flags } = await this.parse(Explain);
    await using parts = await this.parts(flags);
    const lookup = this.lookup(parts.registry, flags);
    const target = await readTarget(argv.map(String), flags, lookup);
    const steps: Check[] = [];
    let ok = true;
    for await (const step of explain(target, { parts, lookup, flags, dryRun: flags.dry_run })) {
      steps.push(checkJson(step));
      this.log(checkLines(step, this.terminal));
      if (step.ok) continue;
      ok = false;
      this.endAs(step.reason ?? "REMOTE_ERROR");
    }
    return { ok, steps };
  }
}
