import { createHash } from "node:crypto";
import type { SecureContextOptions, Server } from "node:tls";
import { MicroError } from "../../core/errors.js";
import { fileFault, readSmallFile } from "../../core/files/small-file.js";
import type { Log } from "../../core/log/log.js";

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

/** Gives new connections the changed files; files that do not fit together leave what is there. Stop with the timer. */
export function reloadTls(
  server: Server,
  files: TlsFiles,
  loaded: SecureContextOptions,
  log: Log,
): NodeJS.Timeout {
  let current = digest(loaded);
  const look = () => {
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
  const timer = setInterval(look, recheck);
  timer.unref();
  return timer;
}

function digest({ cert, key, ca }: SecureContextOptions): string {
  const hash = createHash("sha256");
  for (const part of [cert, key, ca]) if (Buffer.isBuffer(part)) hash.update(part);
  return hash.digest("hex");
}
