import { Args } from "@oclif/core";
import { MicroCommand } from "../../cli/command.js";
import { awaitService } from "../../cli/connect/wait-service.js";
import { CliError } from "../../cli/errors.js";
import { duration, text, yesNo } from "../../cli/flags/flag-kinds.js";
import { formatServiceJson } from "../../cli/format-service-json.js";
import { serviceTable } from "../../cli/output/service-table.js";
import { serviceText, sorted } from "../../cli/output/service-text.js";
import type { Lookup } from "../../cli/target/lookup.js";
import { findService } from "../../cli/target/resolve.js";
import type { Service } from "../../core/service.js";

export default class GetService extends MicroCommand {
  static override summary = "show one service of the registry";
  static override completes = "service" as const;
  static override aliases = ["describe", "registry:get:service"];
  static override examples = ["micro get service go.micro.srv.greeter"];
  static override args = {
    service: Args.string({ required: true, ignoreStdin: true, description: "name of the service" }),
  };
  static override flags = {
    service_version: text("only this version"),
    wait: yesNo("wait until the service is there"),
    wait_timeout: duration("how long to wait (default 30s)"),
    watch: yesNo("print it again whenever it changes"),
  };

  async run(): Promise<readonly object[] | undefined> {
    const { args, flags } = await this.parse(GetService);
    await using registry = await this.registry(flags);
    const lookup = this.lookup(registry, flags);
    if (flags.wait) await awaitService(args.service, lookup, flags.wait_timeout);
    const found = await this.wait("reading the registry", findService(args.service, lookup, true));
    const services = ofVersion(found.versions, flags.service_version);
    if (flags.watch) return await this.#watch(found.name, lookup, flags.service_version);
    await this.#show(found.name, services);
    return sorted(services).map(formatServiceJson);
  }

  async #watch(name: string, { registry, signal }: Lookup, version?: string): Promise<undefined> {
    for await (const { action } of registry.watch({ service: name, signal, unhealthy: true })) {
      if (action === "delete") continue;
      const services = ofVersion(await registry.getService(name, { signal, unhealthy: true }), version);
      await this.#show(name, services);
      if (this.jsonEnabled())
        await this.write(`${this.formatJson(sorted(services).map(formatServiceJson))}\n`);
    }
  }

  async #show(name: string, services: readonly Service[]): Promise<void> {
    if (this.terminal.mode === "human") this.log(await serviceTable(name, services, this.terminal));
    else if (this.terminal.mode === "plain") await this.write(serviceText(name, services));
  }
}

function ofVersion(services: readonly Service[], version: string | undefined): readonly Service[] {
  const found = services.filter((service) => version === undefined || service.version === version);
  if (found.length > 0) return found;
  const candidates = services.map((service) => service.version);
  throw new CliError("SERVICE_NOT_FOUND", `service "${services[0]?.name}" has no version "${version}"`, {
    hint: `versions: ${candidates.join(", ")}`,
    candidates,
  });
}
