import childProcess from "node:child_process";
import { syncBuiltinESMExports } from "node:module";
import threads from "node:worker_threads";

// Loaded before each bundle of unit tests: what starts a process or a thread belongs to the tests with servers, which
// scripts/tests-with-servers.js tells apart.

function refuse(what: unknown): never {
  throw new Error(
    `a unit test starts ${what}: scripts/tests-with-servers.js does not see it by the imports of the test`,
  );
}

// the method that `spawn`, `exec`, `execFile` and `fork` have in common, which is not in the types
Object.assign(childProcess.ChildProcess.prototype, {
  spawn: ({ file }: { readonly file?: unknown }) => refuse(file),
});
childProcess.spawnSync = refuse;
childProcess.execFileSync = refuse;
childProcess.execSync = refuse;
threads.Worker = class extends threads.Worker {
  constructor(file: string | URL) {
    refuse(file);
    super(file);
  }
};
syncBuiltinESMExports();
