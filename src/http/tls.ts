import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { SecureContextOptions, Server } from "node:tls";
import { MicroError } from "../core/errors.js";
import type { Log } from "../core/log.js";

/** PEM files; they are read again when they change. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Demands a certificate signed by one of these authorities from every client. */
  readonly clientCaFile?: string;
}

/** Milliseconds between two looks at the files. */
const recheck = 1000;

/** Reads the files. @throws {MicroError} 400 (USAGE) when one cannot be read. */
export async function readTls(files: TlsFiles, id: string): Promise<SecureContextOptions> {
  const read = async (file: string) => {
    try {
      return await readFile(file);
    } catch (cause) {
      throw new MicroError(id, 400, `TLS file "${file}": ${(cause as Error).message}`, {
        reason: "USAGE",
        cause,
      });
    }
  };
  const [cert, key] = await Promise.all([read(files.certFile), read(files.keyFile)]);
  const ca = files.clientCaFile === undefined ? undefined : await read(files.clientCaFile);
  return { cert, key, ...(ca && { ca }), minVersion: "TLSv1.2" };
}

/** Gives new connections the changed files; files that do not fit together leave what is there. Stop with the timer. */
export function reloadTls(
  server: Server,
  files: TlsFiles,
  loaded: SecureContextOptions,
  log: Log,
): NodeJS.Timeout {
  let current = digest(loaded);
  const look = async () => {
    try {
      const read = await readTls(files, "tls");
      const seen = digest(read);
      if (seen === current) return;
      current = seen;
      server.setSecureContext(read);
      log.info({ file: files.certFile }, "TLS files reloaded");
    } catch (err) {
      log.warn({ err }, "TLS files not reloaded");
    }
  };
  const timer = setInterval(() => void look(), recheck);
  timer.unref();
  return timer;
}

function digest({ cert, key, ca }: SecureContextOptions): string {
  const hash = createHash("sha256");
  for (const part of [cert, key, ca]) if (Buffer.isBuffer(part)) hash.update(part);
  return hash.digest("hex");
}
