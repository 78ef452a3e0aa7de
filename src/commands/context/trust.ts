import { existsSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import { Args } from "@oclif/core";
import { MicroCommand } from "../../cli/command.js";
import { usage } from "../../cli/errors.js";
import { changeContexts, readContexts } from "../../cli/flags/context-file.js";
import { yesNo } from "../../cli/flags/flag-kinds.js";
import { sanitise } from "../../cli/sanitise.js";
import { fileFault } from "../../core/files/small-file.js";

export default class ContextTrust extends MicroCommand {
  static override summary =
    "trust the micro.json of a folder, so that it may name plugins, files and listeners";
  static override examples = [
    "micro context trust",
    "micro context trust ~/shop",
    "micro context trust --remove",
  ];
  static override args = {
    folder: Args.string({ ignoreStdin: true, description: "the folder (default the current one)" }),
  };
  static override flags = {
    remove: yesNo("no longer trust it"),
    list: yesNo("print the folders that are trusted"),
  };

  async run(): Promise<{ trusted: readonly string[] }> {
    const { args, flags } = await this.parse(ContextTrust);
    if (flags.list) {
      if (args.folder !== undefined || flags.remove) throw usage("--list stands alone");
      const { trusted = [] } = readContexts();
      for (const folder of trusted) this.log(sanitise(folder));
      return { trusted };
    }
    const folder = flags.remove ? named(args.folder ?? ".") : real(args.folder ?? ".");
    const { trusted = [] } = await changeContexts((found) => {
      const rest = (found.trusted ?? []).filter((trustedFolder) => trustedFolder !== folder);
      return { ...found, trusted: flags.remove ? rest : [...rest, folder].sort() };
    }, this.signal);
    this.log("ok");
    return { trusted };
  }
}

/** Also resolves a folder that no longer exists, so that its trust can be removed. */
function named(folder: string): string {
  return existsSync(folder) ? real(folder) : resolve(folder);
}

function real(folder: string): string {
  try {
    return realpathSync(folder);
  } catch (error) {
    throw usage(`folder "${folder}": ${fileFault(error)}`);
  }
}
