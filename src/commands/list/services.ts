import { MicroCommand } from "../../cli/command.js";
import { text, yesNo } from "../../cli/flags/flag-kinds.js";
import { type Listed, listDetails, listNames, listTable, listText } from "../../cli/target/service-list.js";

export default class ListServices extends MicroCommand {
  static override summary = "list the services in the registry";
  static override aliases = ["services", "ls", "registry:list:services"];
  static override examples = ["micro list services", "micro list services --filter 'go.micro.srv.*' --long"];
  static override flags = {
    filter: text("only names that match", { helpValue: "GLOB" }),
    long: yesNo("also versions, nodes and endpoints", "l"),
    watch: yesNo("print the list again whenever it changes"),
  };

  async run(): Promise<readonly Listed[] | undefined> {
    const { flags } = await this.parse(ListServices);
    await using registry = await this.registry(flags);
    const lookup = this.lookup(registry, flags);
    const detailed = flags.long || this.terminal.mode !== "plain";
    const read = async () => {
      const names = await listNames(lookup, flags.filter);
      if (!detailed) return names;
      const listed = await listDetails(names, lookup);
      return this.jsonEnabled() && !flags.long
        ? listed.map(({ name, versions }) => ({ name, versions }))
        : listed;
    };
    if (!flags.watch) {
      const listed = await this.wait("reading the registry", read());
      await this.#show(listed, flags.long);
      return listed;
    }
    for await (const listed of changed(registry.watch({ signal: this.signal }), read)) {
      if (this.jsonEnabled()) await this.write(`${this.formatJson(listed)}\n`);
      else await this.#show(listed, flags.long);
    }
    return undefined;
  }

  async #show(listed: readonly Listed[], long: boolean): Promise<void> {
    if (listed.length === 0) return;
    this.log(
      this.terminal.mode === "human" ? await listTable(listed, this.terminal) : listText(listed, long),
    );
  }
}

/** Yields the list, and again after each change that makes it different. */
async function* changed(
  changes: AsyncIterable<unknown>,
  read: () => Promise<Listed[]>,
): AsyncGenerator<Listed[]> {
  let before = await read();
  yield before;
  for await (const _ of changes) {
    const now = await read();
    if (JSON.stringify(now) !== JSON.stringify(before)) yield now;
    before = now;
  }
}
