import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";

/** What a file must be to be read. */
export interface FileRules {
  /** Bytes at most. Default 1 MiB. */
  readonly limit?: number;
  /** Demands that nobody but this user and root can have written it. */
  readonly own?: boolean;
}

/** The file is there, but must not be read: it is no regular file, too large, or somebody else's. */
export class FileRefused extends Error {
  /** It is a file, but holds more than the limit. */
  readonly tooLarge: boolean;

  constructor(message: string, { tooLarge = false } = {}) {
    super(message);
    this.tooLarge = tooLarge;
  }
}

const defaultLimit = 1024 * 1024;

/**
 * Reads a file that a setting names, and never waits: a FIFO or a device is refused, and so is a file without end.
 * @throws {FileRefused} or the error of the system, as ENOENT.
 */
export function readSmallFile(path: string, { limit = defaultLimit, own = false }: FileRules = {}): Buffer {
  // asked before it is opened: to open a device can already do something
  check(statSync(path), own);
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0));
  try {
    check(fstatSync(file), own);
    return readAll(file, limit);
  } finally {
    closeSync(file);
  }
}

/** Why a file was not read, in a few words. */
export function fileFault(error: unknown): string {
  if (error instanceof FileRefused) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

/** Demands that nobody but this user and root can have written what is at `path`. @throws as `readSmallFile` */
export function checkOwn(path: string): void {
  checkOwner(statSync(path));
}

function check(stats: Stats, own: boolean): void {
  if (!stats.isFile()) throw new FileRefused(`it is ${kindOf(stats)}, not a file`);
  if (own) checkOwner(stats);
}

function checkOwner({ uid, mode }: Stats): void {
  // Windows has neither
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

/** The size that a file claims proves nothing: files of `/proc` say 0. */
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
