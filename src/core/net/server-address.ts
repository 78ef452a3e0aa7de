import { badRequest, type MicroError } from "../errors.js";
import { suggest } from "../text/suggest.js";
import { formatAddress, type HostPort, parseAddress, shownAddress } from "./address.js";

/** What an address of a server may look like. */
export interface ServerForm {
  /** Who says that it is wrong, as `go.micro.registry`. */
  readonly id: string;
  readonly schemes: readonly string[];
  readonly port: number;
  /** Names that may stand behind a question mark. */
  readonly parameters?: readonly string[];
  /** True where a path, or user and password, say something too. */
  readonly path?: boolean;
  readonly login?: boolean;
}

/** An address of a server, read. */
export interface ServerAddress extends HostPort {
  readonly scheme: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Without a slash at its end; empty for none. */
  readonly path: string;
  readonly parameters: URLSearchParams;
}

const parts = /^(?:([a-z][a-z\d+.-]*):\/\/)?(?:([^/?#]*)@)?([^/?#]*)([^?#]*)(?:\?([^#]*))?(#.*)?$/is;

/**
 * Reads `host`, `host:port` or `scheme://user:password@host:port/path?name=value`.
 * @throws {MicroError} 400 BAD_CONFIG for what it is not, and for what would count for nothing.
 */
export function readServerAddress(address: string, form: ServerForm): ServerAddress {
  const [, scheme, login = "", place = "", path = "", query = "", hash] = parts.exec(address) ?? [];
  const wrong = (what: string) => addressError(form.id, address, what);
  if ([path, query, hash].some((part) => part?.includes("@")))
    throw wrong("in user and password, / is written %2F, ? %3F and # %23; elsewhere, @ is %40");
  const lower = scheme?.toLowerCase();
  if (lower !== undefined && !form.schemes.includes(lower))
    throw wrong(`${scheme}:// is not ${form.schemes.map((each) => `${each}://`).join(" or ")}`);
  const { host, port } = hostPort(place, form, wrong);
  const bare = path.replace(/\/+$/, "");
  if (bare !== "" && !form.path) throw wrong(`the path "${path}" counts for nothing`);
  if (login !== "" && !form.login) throw wrong("user and password count for nothing");
  if (hash !== undefined) throw wrong(`"${hash}" counts for nothing`);
  const parameters = new URLSearchParams(query);
  checkNames(parameters, form.parameters ?? [], wrong);
  const [user = "", ...password] = login.split(":");
  const [name, secret] = [user, password.join(":")].map((text) => decoded(text, wrong));
  return { scheme: lower, host, port, user: name, password: secret, path: bare, parameters };
}

/** An address that is wrong, without the password in it. */
export function addressError(id: string, address: string, what: string): MicroError {
  return badRequest(id, `address "${shownAddress(address)}": ${what}`, { reason: "BAD_CONFIG" });
}

type Wrong = (what: string) => MicroError;

function hostPort(place: string, { schemes, port }: ServerForm, wrong: Wrong): HostPort {
  const read = parsed(place, port);
  if (read?.host === "") throw wrong(`it names no host; this machine is 127.0.0.1:${read.port}`);
  if (read && URL.canParse(`http://${formatAddress(read)}`)) return read;
  throw wrong(`not host:port or ${schemes[0]}://host:port`);
}

function parsed(place: string, port: number): HostPort | undefined {
  try {
    return parseAddress(place, port);
  } catch {
    return undefined;
  }
}

function checkNames(given: URLSearchParams, known: readonly string[], wrong: Wrong): void {
  const name = [...given.keys()].find((each) => !known.includes(each));
  if (name === undefined) return;
  const [meant] = suggest(name, known, 1);
  const hint = meant === undefined ? "" : `: did you mean ${meant}?`;
  throw wrong(
    `"${name}" ${known.length === 0 ? "counts for nothing" : `is not ${known.join(" or ")}`}${hint}`,
  );
}

function decoded(text: string, wrong: Wrong): string | undefined {
  try {
    return decodeURIComponent(text) || undefined;
  } catch {
    throw wrong("user and password: a % that is no escape is written %25");
  }
}
