import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { Args } from "@oclif/core";
import { clientSource } from "../../cli/target/client-source.js";
import { ofVersion } from "../../cli/target/call-flags.js";
import { MicroCommand } from "../../cli/command.js";
import { CliError } from "../../cli/errors.js";
import { text, yesNo } from "../../cli/flags/flag-kinds.js";
import { inside, writeFiles } from "../../cli/project/write-files.js";
import { findService } from "../../cli/target/resolve.js";
import { sorted } from "../../cli/output/service-text.js";

export default class GenClient extends MicroCommand {
  static override summary = "generate a typed client for a service from its entry in the registry";
  static override completes = "service" as const;
  static override examples = ["micro gen client go.micro.srv.greeter -o src/clients"];
  static override args = {
    service: Args.string({ required: true, ignoreStdin: true, description: "name of the service" }),
  };
  static override flags = {
    output: text("folder, inside the working directory (default .)", { char: "o" }),
    service_version: text("this version (default the highest)"),
    force: yesNo("replace a file that exists"),
  };

  async run(): Promise<{ service: string; version: string; files: string[]; hash: string }> {
    const { args, flags } = await this.parse(GenClient);
    await using registry = await this.registry(flags);
    const { name, versions } = await findService(args.service, this.lookup(registry, flags));
    const ordered = sorted(versions);
    const service = ofVersion(ordered, flags.service_version ?? ordered.at(-1)?.version);
    const source = clientSource(service);
    const folder = inside(flags.output ?? ".");
    const file = `${name.replaceAll(/[^A-Za-z0-9._-]/g, "_").replace(/^\.+/, "_")}.ts`.slice(-200);
    const path = join(folder, file);
    if (existsSync(path) && !flags.force)
      throw new CliError("IO_ERROR", `${relative(process.cwd(), path)} exists`, { hint: "--force replaces it" });
    writeFiles(folder, { [file]: source }, (made) => this.log(`creating ${relative(process.cwd(), made)}`));
    const hash = createHash("sha256").update(source).digest("hex");
    return { service: name, version: service.version, files: [relative(process.cwd(), path)], hash };
  }
}
