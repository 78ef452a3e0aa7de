// Measures micro and its peers: installs the peers if missing, builds, and passes the arguments on.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

function run(command, ...args) {
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync("bench/node_modules"))
  run("npm", "ci", "--prefix", "bench", "--ignore-scripts", "--no-audit", "--no-fund");
run("npm", "run", "build");
run(process.execPath, "--import", "tsx", "bench/run.ts", ...process.argv.slice(2));
