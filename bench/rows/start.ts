import { spawnSync } from "node:child_process";
import { ratio } from "../race.js";
import type { Entry, Ratio } from "../report.js";
import { shuffled } from "../statistics.js";
import type { Row } from "./options.js";

const bin = new URL("../../bin/run.js", import.meta.url).pathname;

/** Start-up time of the installed command, compared with Node itself. */
export const start: Row = async ({ rounds, surroundings }) => {
  const env = {
    ...process.env,
    MICRO_REGISTRY_ADDRESS: surroundings.registry.address,
    NODE_ENV: "production",
  };
  delete (env as NodeJS.ProcessEnv).NODE_EXTRA_CA_CERTS;
  const commands: readonly (readonly [string, readonly string[], number | undefined])[] = [
    ["node -e 0", ["-e", "0"], undefined],
    ["micro --version", [bin, "--version"], 2.2],
    ["micro --help", [bin, "--help"], 2.6],
    ["micro list services", [bin, "list", "services"], 2.8],
  ];
  const times = new Map(commands.map(([name]) => [name, [] as number[]]));
  for (let round = -1; round <= 2 * rounds; round++)
    for (const [name, args] of shuffled(commands)) {
      const began = performance.now();
      const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
      if (status !== 0) throw new Error(`${name}: ${stderr}`);
      if (round >= 0) times.get(name)?.push(performance.now() - began);
    }
  const entries: Entry[] = [...times].map(([name, rates]) => ({ name, rates, serverCpu: [] }));
  const node = times.get("node -e 0") ?? [];
  const ratios = commands.flatMap(([name, , atMost]): Ratio[] =>
    atMost === undefined
      ? []
      : [{ of: `${name} / node -e 0`, reached: ratio(times.get(name) ?? [], node), atMost }],
  );
  return [{ goal: "P10", what: "start of the command", unit: "ms", entries, ratios }];
};
