import { MicroError } from "./errors.js";

/** The packages that only some backends need, and the versions they were tested with. */
export const optionalPackages = {
  "@nats-io/jetstream": "~3.3.1",
  "@nats-io/transport-node": "~3.3.1",
  etcd3: "^1.1.2",
  ioredis: "^6.0.0",
  "multicast-dns": "^7.2.5",
} as const;

export type OptionalPackage = keyof typeof optionalPackages;

/**
 * Handles a failed import of an optional package: `await import("x").catch(missing("x"))`. The name stands there twice
 * because bundlers keep an import with a `catch` for run time if the package is not installed.
 * @throws {MicroError} 500 BACKEND_MISSING, with the command that installs it.
 */
export function missing(name: OptionalPackage): (error: unknown) => never {
  return (error) => {
    if (!isMissing(error, name)) throw error;
    const detail = `load "${name}": not installed: npm install "${name}@${optionalPackages[name]}"`;
    throw new MicroError("go.micro", 500, detail, { reason: "BACKEND_MISSING", cause: error });
  };
}

function isMissing(error: unknown, name: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return /^(ERR_)?MODULE_NOT_FOUND$/.test(code ?? "") && message.includes(`'${name}'`);
}
