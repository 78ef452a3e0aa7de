import { Args } from "@oclif/core";
import { MicroCommand } from "../../cli/command.js";
import { usage } from "../../cli/errors.js";
import { type CliContext, changeContexts } from "../../cli/flags/context-file.js";
import { yesNo } from "../../cli/flags/flag-kinds.js";
import { shellQuote } from "../../core/text/shell-quote.js";

/** Flags that a context can hold. */
const contextFlags = [
  "proxy_address",
  "registry",
  "registry_address",
  "broker",
  "broker_address",
  "token_file",
  "tls_ca_file",
  "tls_cert_file",
  "tls_key_file",
  "tls_insecure",
] as const;

export default class ContextAdd extends MicroCommand {
  static override summary = "save a named set of addresses, given as flags";
  static override examples = ["micro context add staging --proxy_address sidecar.staging:8081"];
  static override args = {
    name: Args.string({ required: true, ignoreStdin: true, description: "name of the context" }),
  };
  static override flags = { use: yesNo("use it from now on"), force: yesNo("replace one of the same name") };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(ContextAdd);
    if (args.name === "" || args.name === "-") throw usage("a context needs a name");
    const given = contextFlags.filter((flag) => flags[flag] !== undefined && flags[flag] !== false);
    if (given.length === 0)
      throw usage("give an address", "micro context add NAME --proxy_address HOST:8081");
    const context = Object.fromEntries(given.map((flag) => [flag, flags[flag]])) as CliContext;
    const { current } = await changeContexts((found) => {
      if (Object.hasOwn(found.contexts, args.name) && !flags.force)
        throw usage(`context "${args.name}" exists`, `micro context add ${shellQuote(args.name)} --force`);
      const contexts = { ...found.contexts, [args.name]: context };
      return { ...found, current: flags.use ? args.name : found.current, contexts };
    }, this.signal);
    this.log("ok");
    if (current === undefined) this.note(`next: micro context use ${shellQuote(args.name)}`);
    return { name: args.name, current: current === args.name, ...context };
  }
}
