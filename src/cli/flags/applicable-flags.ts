import { usage } from "../errors.js";
import type { FlagShapes, TypedFlag } from "./argv.js";

/** Global flags that mean nothing to a command, by its id: typed they are an error, their variables are left alone. */
const unused: Readonly<Record<string, readonly string[]>> = {
  dev: ["server_version", "server_id", "server_advertise", "server_metadata", "proxy_address", "context"],
};

/** The flags of a command without those that mean nothing to it. */
export function applicableFlags(id: string | undefined, shapes: FlagShapes): FlagShapes {
  const without = unused[id ?? ""];
  if (!without) return shapes;
  return new Map([...shapes].filter(([name]) => !without.includes(name)));
}

/** @throws {CliError} USAGE for a flag that the command would silently ignore. */
export function refuseInapplicable(id: string | undefined, typed: readonly TypedFlag[]): void {
  const flag = typed.find(({ name }) => unused[id ?? ""]?.includes(name));
  if (flag) throw usage(`--${flag.name} means nothing to micro ${id}`, `micro ${id} --help`);
}
