import { MicroError, type Reason } from "../../core/errors.js";
import { CliError, type CliErrorDetails } from "../errors.js";
import { sanitise } from "../sanitise.js";
import { hintFor } from "./hint.js";

/** What a command was doing when it failed. */
export interface About {
  readonly service?: string;
  readonly method?: string;
}

/** Turns whatever was thrown into a `CliError`. */
export function toCliError(error: unknown, about: About = {}): CliError {
  if (error instanceof CliError) return error;
  if (MicroError.is(error)) return fromMicroError(error, about);
  const parse = parseFailure(error);
  if (parse) return parse;
  const code = systemCode(error);
  const text = error instanceof Error ? error.message : String(error);
  if (code === "EADDRINUSE") return new CliError("ADDRESS_IN_USE", text, { cause: error });
  if (code && /^E[A-Z]+$/.test(code)) return new CliError("IO_ERROR", text, { cause: error });
  return new CliError("INTERNAL", text || "unknown error", { cause: error, hint: "micro doctor" });
}

function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

/** Converts oclif's own errors about arguments and flags. */
function parseFailure(error: unknown): CliError | undefined {
  if (!(error instanceof Error) || !("parse" in error || "oclif" in error)) return undefined;
  const [first = ""] = error.message.split("\n");
  const text = first.replace(/:$/, `: ${error.message.split("\n")[1]?.trim() ?? ""}`);
  const value = /^(Expected|Parsing) --/.test(first);
  const hint = /See more help with/.test(error.message) ? undefined : "micro --help";
  return new CliError(value ? "BAD_FLAG_VALUE" : "USAGE", lowerFirst(text), { cause: error, hint });
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

function fromMicroError(error: MicroError, about: About): CliError {
  const reason = reasonOf(error);
  const details: CliErrorDetails = {
    status: error.code || undefined,
    id: error.id || undefined,
    detail: error.detail,
    service: about.service,
    method: about.method,
    node: error.node,
    cause: error,
    hint: hintFor(reason, { ...about, detail: error.detail, backend: error.backend }),
  };
  return new CliError(reason, messageOf(error, about), details);
}

function messageOf(error: MicroError, { service, method }: About): string {
  if (!method || error.reason === "REGISTRY_UNREACHABLE") return error.detail || error.message;
  const target = [service, method].filter(Boolean).join(" ");
  const where = error.node ? ` on ${error.node}` : "";
  const code = error.code ? `${error.code} ${error.status}: ` : "";
  const id =
    error.id && error.id !== service && !error.id.startsWith("go.micro.client") ? ` (${error.id})` : "";
  return `${target}${where}: ${code}${sanitise(error.detail.trim())}${id}`;
}

/** Reasons by error text, for old peers that answer everything with 500 or without a code. */
const texts: readonly (readonly [RegExp, Reason])[] = [
  [/can't find (service|method)|unknown method|no such method/i, "METHOD_NOT_FOUND"],
  [/none available/i, "NO_NODES"],
  [/not found/i, "SERVICE_NOT_FOUND"],
  [/Error sending request|connection error|refused|reset/i, "NODE_UNREACHABLE"],
  [/deadline exceeded|call timeout/i, "TIMEOUT"],
];

function reasonOf(error: MicroError): Reason {
  // REMOTE_ERROR alone says little; the code tells more
  if (error.reason && error.reason !== "REMOTE_ERROR") return error.reason;
  if (error.code === 408 || error.code === 504) return "TIMEOUT";
  if (error.code === 401) return "UNAUTHORIZED";
  if (error.code === 403) return "FORBIDDEN";
  const framework = /^(go\.micro\.(client|server|rpc|api|sidecar))?$/.test(error.id);
  const byText = texts.find(([pattern]) => pattern.test(error.detail));
  if (byText && (framework || error.code === 0 || error.code >= 500)) return byText[1];
  if (error.code === 404 && framework) return "SERVICE_NOT_FOUND";
  if (error.code === 413) return "TOO_LARGE";
  return error.code >= 400 && error.code < 500 ? "BAD_REQUEST" : "REMOTE_ERROR";
}
