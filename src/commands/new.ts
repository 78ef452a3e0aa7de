import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { Args } from "@oclif/core";
import { MicroCommand } from "../cli/command.js";
import { CliError, usage } from "../cli/errors.js";
import { oneOf, text, yesNo } from "../cli/flags/flag-kinds.js";
import { type Files, inside, writeFiles } from "../cli/project/write-files.js";
import { ask } from "../cli/request/prompt.js";
import { sanitise } from "../cli/sanitise.js";
import { shellQuote } from "../core/text/shell-quote.js";

export default class New extends MicroCommand {
  static override summary = "create a service in a new folder";
  static override examples = ["micro new foo", "micro new bar --type api --namespace com.example"];
  static override args = {
    name: Args.string({ ignoreStdin: true, description: "folder, inside the working directory" }),
  };
  static override flags = {
    type: oneOf("what it is (default srv)", ["srv", "api", "web"]),
    namespace: text("first part of its name (default go.micro)"),
    alias: text("last part of its name (default the name of the folder)"),
    fqdn: text("its whole name, instead of namespace.type.alias"),
    lang: oneOf("its language (default ts)", ["ts", "python", "ruby"]),
    force: yesNo("write into a folder that exists"),
  };

  async run(): Promise<{ service: string; dir: string; files: string[] }> {
    const { args, flags } = await this.parse(New);
    const name = args.name ?? (await this.#name());
    const folder = inside(name);
    if (existsSync(folder) && !flags.force)
      throw new CliError("IO_ERROR", `${name} already exists`, {
        hint: `micro new ${shellQuote(name)} --force`,
      });
    const { type = "srv", lang = "ts", namespace = "go.micro" } = flags;
    const alias = flags.alias ?? name.split("/").filter(Boolean).at(-1) ?? "";
    const service = flags.fqdn ?? `${namespace}.${type}.${alias}`;
    if (service.length > 200 || !/^(?![_-])[a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)*$/.test(service))
      throw usage(`"${service}" is not a valid service name`);
    const files = await filesOf(lang, { service, alias, type, toolkit: this.config.version });
    this.log(`creating service ${service}`);
    writeFiles(folder, files, (path) => this.log(`creating ${sanitise(relative(process.cwd(), path))}`));
    this.log(`\n${commands(lang, name)}`);
    return { service, dir: name, files: Object.keys(files).map((file) => join(name, file)) };
  }

  async #name(): Promise<string> {
    if (this.terminal.interactive) return ask("Name of the folder", this.terminal);
    throw usage("give a name", "micro new NAME");
  }
}

type Options = Parameters<typeof import("../cli/project/typescript.js").typescriptProject>[0];

async function filesOf(lang: "ts" | "python" | "ruby", options: Options): Promise<Files> {
  if (lang === "ts") return (await import("../cli/project/typescript.js")).typescriptProject(options);
  if (options.type !== "srv") throw usage(`--lang ${lang} has only --type srv`);
  return (await import("../cli/project/example.js")).exampleProject(lang, options);
}

function commands(lang: "ts" | "python" | "ruby", name: string): string {
  if (lang === "ts") return `cd ${shellQuote(name)}\nnpm install\nnpm test\nnpm run dev`;
  return `cd ${shellQuote(name)}\nmicro dev srv.${lang === "python" ? "py" : "rb"}`;
}
