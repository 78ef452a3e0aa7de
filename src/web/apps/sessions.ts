import { createHash, randomBytes } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** Validity of login tokens and sessions, in milliseconds. */
const loginFor = 10 * 60_000;
const sessionFor = 12 * 60 * 60_000;
const maxSessions = 1_000;
const cookieName = "micro_session";

/** Login sessions, opened by one-time tokens. Only digests are stored. */
export class LoginSessions {
  readonly #logins = new Map<string, number>();
  readonly #sessions = new Map<string, number>();

  /** Creates a token for one login within ten minutes. */
  invite(): string {
    const token = randomBytes(32).toString("base64url");
    this.#logins.set(digest(token), performance.now() + loginFor);
    return token;
  }

  /** Exchanges a token for a session id. Undefined for an invalid, used or expired token. */
  open(token: string): string | undefined {
    const key = digest(token);
    const until = this.#logins.get(key);
    this.#logins.delete(key);
    if (until === undefined || until < performance.now()) return undefined;
    const id = randomBytes(32).toString("base64url");
    this.#forgetOldest();
    this.#sessions.set(digest(id), performance.now() + sessionFor);
    return id;
  }

  has(headers: IncomingHttpHeaders): boolean {
    const id = readCookie(headers.cookie);
    return id !== undefined && (this.#sessions.get(digest(id)) ?? 0) > performance.now();
  }

  end(headers: IncomingHttpHeaders): void {
    const id = readCookie(headers.cookie);
    if (id !== undefined) this.#sessions.delete(digest(id));
  }

  #forgetOldest(): void {
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size >= maxSessions && oldest !== undefined) this.#sessions.delete(oldest);
  }
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}

/** The `Set-Cookie` header of a session. An empty id deletes the cookie. */
export function cookieOf(id: string, secure: boolean): string {
  const age = id === "" ? 0 : sessionFor / 1_000;
  return `${cookieName}=${id}; Max-Age=${age}; Path=/; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
}

function readCookie(cookies: string | undefined): string | undefined {
  return pairs(cookies).find(([name]) => name === cookieName)?.[1];
}

/** Removes the session cookie, which apps must not see. The other cookies stay byte for byte. */
export function withoutSession(cookies: string): string {
  const all = cookies.split(";");
  const others = all.filter((pair) => pair.trim().split("=", 1)[0] !== cookieName);
  return others.length === all.length ? cookies : others.join(";").trim();
}

function pairs(cookies = ""): (readonly [name: string, value: string | undefined])[] {
  return cookies
    .split(";")
    .map((pair) => pair.trim())
    .filter(Boolean)
    .map((pair) => {
      const at = pair.indexOf("=");
      return at < 0 ? [pair, undefined] : [pair.slice(0, at), pair.slice(at + 1)];
    });
}
