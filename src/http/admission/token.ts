import { createHash, timingSafeEqual } from "node:crypto";
import { stat } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { MicroError, unauthorized } from "../../core/errors.js";
import { fileFault, readSmallFile } from "../../core/files/small-file.js";
import { RateLimit } from "./rate-limit.js";

/** The token: its text, or a file that is reloaded when it changes. */
export interface TokenSource {
  readonly value?: string;
  readonly file?: string;
}

/** Milliseconds for which a replaced token is still accepted. */
const grace = 60_000;
/** Milliseconds between checks of the file. */
const recheck = 1000;
/** 128 bits in base64. */
const minLength = 22;
/** Maximum size of a token file, in bytes. */
const limit = 64 * 1024;
/** Failed tries per minute and address. */
const maxFailures = 10;

/** The secret that a listener requires. */
export class Token {
  readonly #id: string;
  readonly #failures = new RateLimit(maxFailures, 60_000);
  #digest: Buffer;
  #previous: { digest: Buffer; until: number } | undefined;
  #seen = "";
  #timer: NodeJS.Timeout | undefined;

  private constructor(id: string, value: string) {
    this.#id = id;
    this.#digest = digestOf(value);
  }

  /** @throws {MicroError} 400 (USAGE) when there is no token of at least 22 characters (128 bits). */
  static async open(source: TokenSource, id: string): Promise<Token> {
    const value = source.file === undefined ? source.value : readToken(source.file, id);
    const token = new Token(id, usable(value ?? "", id));
    if (source.file !== undefined) await token.#watch(source.file);
    return token;
  }

  /**
   * Accepts a request with the right token, even while its address is blocked for wrong ones: all local programs share
   * one address. A missing token does not count as a failed try.
   * @throws {MicroError} 401 without the right token. 429 after ten wrong ones in a minute.
   */
  check(headers: IncomingHttpHeaders, names: readonly string[], client: string): void {
    const given = bearer(headers) ?? named(headers, names);
    if (given !== undefined && this.matches(given)) return;
    if (given !== undefined && !this.#failures.take(client))
      throw new MicroError(this.#id, 429, "token: too many invalid ones", {
        reason: "UNAUTHORIZED",
        executed: "no",
      });
    throw unauthorized(this.#id, given === undefined ? "token: missing" : "token: invalid");
  }

  /** True if `Authorization` holds the token, even if the request was admitted otherwise. */
  isIn(headers: IncomingHttpHeaders): boolean {
    const given = bearer(headers);
    return given !== undefined && this.matches(given);
  }

  /** Compares in constant time. */
  matches(given: string): boolean {
    const digest = digestOf(given);
    if (timingSafeEqual(digest, this.#digest)) return true;
    const old = this.#previous;
    return old !== undefined && performance.now() < old.until && timingSafeEqual(digest, old.digest);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #watch(file: string): Promise<void> {
    this.#seen = await version(file);
    this.#timer = setInterval(() => void this.#reload(file), recheck);
    this.#timer.unref();
  }

  /** Keeps the current token if the file cannot be read. */
  async #reload(file: string): Promise<void> {
    const seen = await version(file);
    if (seen === "" || seen === this.#seen) return;
    const value = readable(file);
    if (value.trim().length < minLength) return;
    this.#seen = seen;
    const digest = digestOf(value.trim());
    if (digest.equals(this.#digest)) return;
    this.#previous = { digest: this.#digest, until: performance.now() + grace };
    this.#digest = digest;
  }
}

async function version(file: string): Promise<string> {
  const found = await stat(file, { bigint: true }).catch(() => undefined);
  return found ? `${found.mtimeNs}:${found.size}:${found.ino}` : "";
}

function readToken(file: string, id: string): string {
  try {
    return readSmallFile(file, { limit }).toString();
  } catch (error) {
    throw usage(id, `token file "${file}": ${fileFault(error)}`);
  }
}

function readable(file: string): string {
  try {
    return readSmallFile(file, { limit }).toString();
  } catch {
    return "";
  }
}

function usable(value: string, id: string): string {
  const token = value.trim();
  if (token.length >= minLength) return token;
  throw usage(id, `token: shorter than ${minLength} characters (128 bits)`);
}

function usage(id: string, detail: string): MicroError {
  return new MicroError(id, 400, detail, { reason: "USAGE" });
}

function bearer(headers: IncomingHttpHeaders): string | undefined {
  const value = headers.authorization;
  return value !== undefined && /^bearer /i.test(value) ? value.slice(7).trim() : undefined;
}

function named(headers: IncomingHttpHeaders, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = headers[name];
    if (typeof value === "string") return value;
  }
  return undefined;
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
