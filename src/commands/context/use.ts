import { Args } from "@oclif/core";
import { MicroCommand } from "../../cli/command.js";
import { changeContexts, contextNamed } from "../../cli/flags/context-file.js";

export default class ContextUse extends MicroCommand {
  static override summary = "switch to a context; - for none";
  static override examples = ["micro context use staging", "micro context use -"];
  static override args = {
    name: Args.string({ required: true, ignoreStdin: true, description: "name of the context" }),
  };

  async run(): Promise<{ name: string | null; current: boolean }> {
    const { args } = await this.parse(ContextUse);
    const name = args.name === "-" ? undefined : args.name;
    await changeContexts((found) => {
      if (name !== undefined) contextNamed(name, found);
      return { ...found, current: name };
    }, this.signal);
    this.log("ok");
    return { name: name ?? null, current: name !== undefined };
  }
}
