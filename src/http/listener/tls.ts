import { createHash } from "node:crypto";
import type { SecureContextOptions, Server } from "node:tls";
import { MicroError } from "../../core/errors.js";
import { fileFault, readSmallFile } from "../../core/files/small-file.js";
import type { Log } from "../../core/log/log.js";

/** PEM files. They are reloaded when they change. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Authorities, one of which has to have signed the certificate of every client. Default: no client certificates. */
  readonly clientCaFile?: string;
}

/** Milliseconds between checks of the files. */
const recheck = 1000;

/** Reads the files. @throws {MicroError} 400 (USAGE) when one cannot be read. */
export function readTls(files: TlsFiles, id: string): SecureContextOptions {
  const read = (file: string) => {
    try {
      return readSmallFile(file);
    } catch (cause) {
      throw new MicroError(id, 400, `TLS file "${file}": ${fileFault(cause)}`, { reason: "USAGE", cause });
    }
  };
  const [cert, key] = [read(files.certFile), read(files.keyFile)];
  const ca = files.clientCaFile === undefined ? undefined : read(files.clientCaFile);
  return { cert, key, ...(ca && { ca }), minVersion: "TLSv1.2" };
}

/** Reloads changed files for new connections. Keeps the old ones on an error. Clear the returned timer to stop. */
export function reloadTls(
  server: Server,
  files: TlsFiles,
  loaded: SecureContextOptions,
  log: Log,
): NodeJS.Timeout {
  let current = digest(loaded);
  const check = () => {
    try {
      const read = readTls(files, "tls");
      const seen = digest(read);
      if (seen === current) return;
      current = seen;
      server.setSecureContext(read);
      log.info({ file: files.certFile }, "TLS files reloaded");
    } catch (err) {
      log.warn({ err }, "TLS files not reloaded");
    }
  };
  const timer = setInterval(check, recheck);
  timer.unref();
  return timer;
}

function digest({ cert, key, ca }: SecureContextOptions): string {
  const hash = createHash("sha256");
  for (const part of [cert, key, ca]) if (Buffer.isBuffer(part)) hash.update(part);
  return hash.digest("hex");
}
