import { Args } from "@oclif/core";
import { MicroCommand } from "../../cli/command.js";
import { contextNamed, readContexts, writeContexts } from "../../cli/context-file.js";

export default class ContextRemove extends MicroCommand {
  static override summary = "remove a context";
  static override args = {
    name: Args.string({ required: true, ignoreStdin: true, description: "name of the context" }),
  };

  async run(): Promise<{ removed: string }> {
    const { args } = await this.parse(ContextRemove);
    const found = readContexts();
    contextNamed(args.name, found);
    const { [args.name]: _, ...contexts } = found.contexts;
    const current = found.current === args.name ? undefined : found.current;
    writeContexts({ ...found, current, contexts });
    this.log("ok");
    return { removed: args.name };
  }
}
