import { Args } from "@oclif/core";
import { MicroCommand } from "../../cli/command.js";
import { contextNamed, readContexts, writeContexts } from "../../cli/context-file.js";

export default class ContextUse extends MicroCommand {
  static override summary = "use a context from now on; - for none";
  static override examples = ["micro context use staging", "micro context use -"];
  static override args = {
    name: Args.string({ required: true, ignoreStdin: true, description: "name of the context" }),
  };

  async run(): Promise<{ name: string | null; current: boolean }> {
    const { args } = await this.parse(ContextUse);
    const found = readContexts();
    const name = args.name === "-" ? undefined : args.name;
    if (name !== undefined) contextNamed(name, found);
    writeContexts({ ...found, current: name });
    this.log("ok");
    return { name: name ?? null, current: name !== undefined };
  }
}
