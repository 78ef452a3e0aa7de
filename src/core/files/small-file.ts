import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";

/** Conditions for reading a file. */
export interface FileRules {
  /** Largest size in bytes. Default 1 MiB. */
  readonly limit?: number;
  /** Refuses a file that anyone but this user and root can have written. */
  readonly own?: boolean;
}

/** The file exists but must not be read: it is not a regular file, too large, or writable by others. */
export class FileRefused extends Error {
  /** True if the only fault is the size. */
  readonly tooLarge: boolean;

  constructor(message: string, { tooLarge = false } = {}) {
    super(message);
    this.tooLarge = tooLarge;
  }
}

const defaultLimit = 1024 * 1024;

/**
 * Reads a file that a setting names, without ever blocking: FIFOs, devices and endless files are refused.
 * @throws {FileRefused} or the system's error, such as ENOENT.
 */
export function readSmallFile(path: string, { limit = defaultLimit, own = false }: FileRules = {}): Buffer {
  // checked before opening, because opening a device can already have an effect
  check(statSync(path), own);
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0));
  try {
    check(fstatSync(file), own);
    return readAll(file, limit);
  } finally {
    closeSync(file);
  }
}

/** Returns in a few words why a file could not be read. */
export function fileFault(error: unknown): string {
  if (error instanceof FileRefused) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

/** Throws if anyone but this user and root can have written the file or folder at `path`. @throws as `readSmallFile` */
export function checkOwn(path: string): void {
  checkOwner(statSync(path));
}

function check(stats: Stats, own: boolean): void {
  if (!stats.isFile()) throw new FileRefused(`it is ${kindOf(stats)}, not a file`);
  if (own) checkOwner(stats);
}

function checkOwner({ uid, mode }: Stats): void {
  // Windows has neither owner nor mode
  const user = process.geteuid?.();
  if (user === undefined) return;
  if (uid !== user && uid !== 0) throw new FileRefused(`it belongs to another user (uid ${uid})`);
  if ((mode & 0o002) !== 0) throw new FileRefused("everybody can write it");
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return "a folder";
  if (stats.isFIFO()) return "a FIFO";
  return stats.isSocket() ? "a socket" : "a device";
}

/** Reads until the end. The size in the file's metadata cannot be trusted: it is 0 for files in `/proc`. */
function readAll(file: number, limit: number): Buffer {
  const chunks: Buffer[] = [];
  let size = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(64 * 1024);
    const read = readSync(file, chunk);
    if (read === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, read));
    size += read;
    if (size > limit) throw new FileRefused(`it has more than ${limit} bytes`, { tooLarge: true });
  }
}
