import { once } from "node:events";
import { MicroCommand } from "../cli/command.js";
import { pluginsOf } from "../cli/connect/plugins.js";
import { text, yesNo } from "../cli/flags/flag-kinds.js";
import { apiFlags, sidecarFlags } from "../cli/flags/program-flags.js";
import { devOptions } from "../cli/programs/dev-options.js";
import { sanitise } from "../cli/sanitise.js";
import { openLog } from "../cli/startup/log.js";
import type { DevEvent } from "../dev/index.js";
import { guardProgram } from "../http/listener/uncaught.js";

/** The flags that change what is printed. */
interface Shown {
  readonly example?: string;
  readonly no_watch?: boolean;
}

export default class Dev extends MicroCommand {
  static override summary =
    "run registry, gateway, sidecar, dashboard and your services, and restart services when their sources change";
  static override usage = "dev [FILES…] [--example greeter]";
  static override examples = ["micro dev --example greeter", "micro dev src/users.ts src/orders.py"];
  static override serves = true;
  static override strict = false;
  static override flags = {
    ...apiFlags,
    ...sidecarFlags,
    example: text("also run an example that comes with the package", { helpValue: "greeter" }),
    no_watch: yesNo("leave services as they are when their files change"),
  };

  async run(): Promise<undefined> {
    const { argv, flags } = await this.parse(Dev);
    const { Dev: Development } = await import("../dev/index.js");
    const log = await openLog(this.terminal, "warn");
    using _ = guardProgram(log);
    await using dev = new Development({
      ...(await devOptions(flags, log, await pluginsOf(flags))),
      files: argv.map(String),
      example: flags.example,
      watch: !flags.no_watch,
      report: (event) => this.#report(event, flags),
      room: () => this.drained().catch(() => undefined),
    });
    await dev.start();
    if (!this.signal.aborted) await once(this.signal, "abort");
    return undefined;
  }

  #report(event: DevEvent, { example, no_watch }: Shown): void {
    // while this program stops, lines that nobody reads are dropped
    if (this.signal.aborted && process.stdout.writableNeedDrain) return;
    if (this.jsonEnabled()) process.stdout.write(`${this.formatJson(event)}\n`);
    else if (event.event === "child-output") this.log(`${this.#prefix(event.name)} ${sanitise(event.line)}`);
    else if (event.event === "child-started") this.note(`[${event.name}] started (${event.pid})`);
    else if (event.event === "child-exited") this.note(`[${event.name}] ${ended(event, !no_watch)}`);
    else if (event.event === "note") this.note(sanitise(event.text));
    else this.#ready(event, example);
  }

  #ready({ registry, programs }: DevEvent & { event: "ready" }, example: string | undefined): void {
    this.note(`registry  ${registry}`);
    for (const [name, url] of Object.entries(programs)) this.note(`${name.padEnd(9)} ${url}`);
    const call = example === "greeter" ? `micro query Say.Hello '{"name":"John"}'` : "micro query";
    this.note(`try:\n  micro list services\n  ${call}\n  open ${programs.web ?? ""}`);
  }

  #prefix(name: string): string {
    return this.terminal.out.cyan(`[${sanitise(name)}]`);
  }
}

function ended({ code, finished, again }: DevEvent & { event: "child-exited" }, watched: boolean): string {
  if (finished) return watched ? "finished: runs again when it changes" : "finished";
  return again === undefined
    ? `ended: ${code}`
    : `ended: ${code}, runs again in ${(again / 1000).toFixed(1)} s`;
}
