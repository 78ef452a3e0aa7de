import { MicroCommand } from "../cli/command.js";
import { type Check, checkJson, checkLines } from "../cli/doctor/checks.js";
import { diagnose } from "../cli/doctor/diagnosis.js";

export default class Doctor extends MicroCommand {
  static override summary = "check versions, settings, registry, sidecar, ports and addresses for problems";
  static override examples = ["micro doctor", "micro doctor --json"];

  async run(): Promise<{ ok: boolean; checks: readonly Check[] }> {
    const { flags } = await this.parse(Doctor);
    const checks: Check[] = [];
    for await (const found of diagnose(flags, (line) => this.note(line), this.signal)) {
      checks.push(checkJson(found));
      this.log(checkLines(found, this.terminal));
    }
    const ok = checks.every((check) => check.ok);
    if (!ok) this.endAs("UNHEALTHY");
    return { ok, checks };
  }
}
