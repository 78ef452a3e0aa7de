import { usage } from "../errors.js";
import type { FlagShapes, TypedFlag } from "./argv.js";

/** Global flags that a command does not use, by command id. Typed, they are an error; their variables are ignored. */
const unused: Readonly<Record<string, readonly string[]>> = {
  dev: ["server_version", "server_id", "server_advertise", "server_metadata", "proxy_address", "context"],
};

/** Returns the flags of a command without those that it does not use. */
export function applicableFlags(id: string | undefined, shapes: FlagShapes): FlagShapes {
  const excluded = unused[id ?? ""];
  if (!excluded) return shapes;
  return new Map([...shapes].filter(([name]) => !excluded.includes(name)));
}

/** @throws {CliError} USAGE for a flag that the command would silently ignore. */
export function refuseInapplicable(id: string | undefined, typed: readonly TypedFlag[]): void {
  const flag = typed.find(({ name }) => unused[id ?? ""]?.includes(name));
  if (flag) throw usage(`--${flag.name} has no effect on micro ${id}`, `micro ${id} --help`);
}
