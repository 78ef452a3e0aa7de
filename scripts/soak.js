// Runs long versions of tests that are short in CI: `npm run soak -- relay`, or all without a name.
import { spawnSync } from "node:child_process";

/** The file of each soak, and the variables that make it long. */
const soaks = {
  relay: { file: "test/http/proxy/relay-differential.test.ts", env: { RELAY_CASES: "50000" } },
  rpc: { file: "test/http/rpc/differential.test.ts", env: { RPC_CASES: "50000" } },
};

const { SEED = String(Math.floor(Math.random() * 2 ** 31)) } = process.env;
const names = process.argv.slice(2);
console.log(`SEED=${SEED}`);
for (const name of names.length > 0 ? names : Object.keys(soaks)) {
  const soak = soaks[name];
  if (!soak) throw new Error(`soak "${name}": one of ${Object.keys(soaks).join(", ")}`);
  const { status } = spawnSync(process.execPath, ["--import", "tsx", "--test", soak.file], {
    stdio: "inherit",
    env: { ...process.env, ...soak.env, NODE_ENV: "test", SEED },
  });
  if (status !== 0) process.exitCode = 1;
}
