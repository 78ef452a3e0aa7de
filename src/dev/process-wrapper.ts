// Stands between `micro dev` and a child that is no Node process: passes signals on, and ends it when we are gone.
import { spawn } from "node:child_process";
import { whenParentIsGone } from "./parent.js";

const [command = "", ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: "inherit" });

child.once("error", (error) => {
  console.error(error.message);
  process.exit(127);
});
child.once("exit", (code, signal) => process.exit(code ?? (signal === "SIGTERM" ? 143 : 1)));
whenParentIsGone((signal) => child.kill(signal));
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const)
  process.on(signal, () => child.kill(signal));
