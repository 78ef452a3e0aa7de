import { Args } from "@oclif/core";
import { MicroCommand } from "../cli/command.js";
import { yesNo } from "../cli/flags/flag-kinds.js";
import { formatServiceJson } from "../cli/format-service-json.js";
import { sanitise } from "../cli/sanitise.js";
import type { Lookup } from "../cli/target/lookup.js";
import { expectService } from "../cli/target/resolve.js";
import { pool } from "../core/async/pool.js";
import type { Service } from "../core/service.js";
import type { Change } from "../registry/registry.js";

export default class Watch extends MicroCommand {
  static override summary = "watch the registry and print its changes";
  static override completes = "service" as const;
  static override examples = ["micro watch", "micro watch go.micro.srv.greeter --changes_only"];
  static override args = {
    service: Args.string({ ignoreStdin: true, description: "only this service" }),
  };
  static override flags = { changes_only: yesNo("leave out what is there already") };

  async run(): Promise<undefined> {
    const { args, flags } = await this.parse(Watch);
    await using registry = await this.registry(flags);
    // a watch would wait for a registry that does not answer, so first ask whether there is one
    const services = await registry.listServices({ signal: this.signal });
    const known = new Set(flags.changes_only ? await present(services, this.lookup(registry, flags)) : []);
    const expected = args.service && (await expectService(args.service, this.lookup(registry, flags)));
    const changes = registry.watch({
      service: expected ? expected.name : undefined,
      signal: this.signal,
      onReach: (error) =>
        this.note(error ? `registry unreachable: ${sanitise(String(error))}` : "registry answers again"),
    });
    for await (const change of changes) {
      if (expected && !expected.matches(change.service.name)) continue;
      if (change.action === "create" && known.delete(key(change.service))) continue;
      await this.write(this.jsonEnabled() ? `${this.formatJson(changeJson(change))}\n` : this.#line(change));
    }
    return undefined;
  }

  #line({ action, service }: Change): string {
    const { out } = this.terminal;
    const paint = { create: out.green, update: out.yellow, delete: out.red }[action];
    const nodes = service.nodes
      .map(({ id }) => id)
      .sort()
      .join(",");
    const cells = [new Date().toISOString(), action, service.name, service.version, nodes].map(sanitise);
    return `${cells.map((cell, index) => (index === 1 ? paint(cell) : cell)).join("\t")}\n`;
  }
}

/** Returns the keys of what is registered before anything changes. */
async function present(services: readonly Service[], { registry, signal }: Lookup): Promise<string[]> {
  const versions = await pool(services, 16, ({ name }) =>
    registry.getService(name, { signal }).catch(() => []),
  );
  return versions.flat().map(key);
}

function key({ name, version }: Service): string {
  return `${name}\n${version}`;
}

function changeJson({ action, service }: Change): object {
  const { name, version, nodes } = formatServiceJson(service);
  return { time: new Date().toISOString(), action, service: name, version, nodes, reason: reasons[action] };
}

const reasons = { create: "registered", update: "changed", delete: "deregistered or expired" };
