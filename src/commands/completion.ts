import { Args } from "@oclif/core";
import { MicroCommand } from "../cli/command.js";
import { completionStub, type Shell, shells } from "../cli/startup/completion.js";

export default class Completion extends MicroCommand {
  static override summary = "print the completion script of a shell: commands, services and methods";
  static override examples = [
    "micro completion bash >> ~/.bashrc",
    "micro completion fish > ~/.config/fish/completions/micro.fish",
  ];
  static override args = {
    shell: Args.custom<Shell>({ options: [...shells] })({
      description: shells.join(", "),
      required: true,
      ignoreStdin: true,
    }),
  };

  async run(): Promise<{ shell: Shell; script: string }> {
    const { args } = await this.parse(Completion);
    const script = completionStub(args.shell);
    this.log(script);
    return { shell: args.shell, script };
  }
}
