import { badRequest, type MicroError } from "../errors.js";
import { suggest } from "../text/suggest.js";
import { formatAddress, type HostPort, parseAddress, shownAddress } from "./address.js";

/** What the address of a server may consist of. */
export interface ServerForm {
  /** `id` of the errors, such as `go.micro.registry`. */
  readonly id: string;
  readonly schemes: readonly string[];
  readonly port: number;
  /** Names of query parameters that are allowed. */
  readonly parameters?: readonly string[];
  /** True if a path is allowed. */
  readonly path?: boolean;
  /** True if user and password are allowed. */
  readonly login?: boolean;
}

/** A parsed address of a server. */
export interface ServerAddress extends HostPort {
  readonly scheme: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Without a trailing slash. Empty if there is none. */
  readonly path: string;
  readonly parameters: URLSearchParams;
}

const parts = /^(?:([a-z][a-z\d+.-]*):\/\/)?(?:([^/?#]*)@)?([^/?#]*)([^?#]*)(?:\?([^#]*))?(#.*)?$/is;

/**
 * Parses `host`, `host:port` or `scheme://user:password@host:port/path?name=value`.
 * @throws {MicroError} 400 BAD_CONFIG for anything else, and for a part that would have no effect.
 */
export function readServerAddress(address: string, form: ServerForm): ServerAddress {
  const [, scheme, login = "", hostPart = "", path = "", query = "", hash] = parts.exec(address) ?? [];
  const wrong = (what: string) => addressError(form.id, address, what);
  if ([path, query, hash].some((part) => part?.includes("@")))
    throw wrong("in user and password, / is written %2F, ? %3F and # %23; elsewhere, @ is %40");
  const lower = scheme?.toLowerCase();
  if (lower !== undefined && !form.schemes.includes(lower))
    throw wrong(`${scheme}:// is not ${form.schemes.map((known) => `${known}://`).join(" or ")}`);
  const { host, port } = hostPort(hostPart, form, wrong);
  const bare = path.replace(/\/+$/, "");
  if (bare !== "" && !form.path) throw wrong(`the path "${path}" has no effect`);
  if (login !== "" && !form.login) throw wrong("user and password have no effect");
  if (hash !== undefined) throw wrong(`"${hash}" has no effect`);
  const parameters = new URLSearchParams(query);
  checkNames(parameters, form.parameters ?? [], wrong);
  const [user = "", ...password] = login.split(":");
  const [name, secret] = [user, password.join(":")].map((text) => decoded(text, wrong));
  return { scheme: lower, host, port, user: name, password: secret, path: bare, parameters };
}

/** Makes the error for a wrong address, without the password in it. */
export function addressError(id: string, address: string, what: string): MicroError {
  return badRequest(id, `address "${shownAddress(address)}": ${what}`, { reason: "BAD_CONFIG" });
}

type Wrong = (what: string) => MicroError;

function hostPort(hostPart: string, { schemes, port }: ServerForm, wrong: Wrong): HostPort {
  const read = parsed(hostPart, port);
  if (read?.host === "") throw wrong(`it names no host; this machine is 127.0.0.1:${read.port}`);
  if (read && URL.canParse(`http://${formatAddress(read)}`)) return read;
  throw wrong(`not host:port or ${schemes[0]}://host:port`);
}

function parsed(hostPart: string, port: number): HostPort | undefined {
  try {
    return parseAddress(hostPart, port);
  } catch {
    return undefined;
  }
}

function checkNames(given: URLSearchParams, known: readonly string[], wrong: Wrong): void {
  const name = [...given.keys()].find((key) => !known.includes(key));
  if (name === undefined) return;
  const [meant] = suggest(name, known, 1);
  const hint = meant === undefined ? "" : `: did you mean ${meant}?`;
  throw wrong(`"${name}" ${known.length === 0 ? "has no effect" : `is not ${known.join(" or ")}`}${hint}`);
}

function decoded(text: string, wrong: Wrong): string | undefined {
  try {
    return decodeURIComponent(text) || undefined;
  } catch {
    throw wrong("in user and password, % is written %25");
  }
}
