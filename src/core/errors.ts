import { reasonPhrase } from "./reason-phrase.js";

/** Whether the handler of a failed call ran. Only `no` makes a retry of any method safe. */
export type Executed = "yes" | "no" | "unknown";

/** A server of a registry, broker or transport that cannot be reached. */
export interface UnreachableBackend {
  /** Its name in the settings, such as `consul` or `nats`. */
  readonly name: string;
  /** `host:port`. Absent for a backend without a server, such as mDNS. */
  readonly address?: string;
  /** True if it accepted the connection but did not answer in time. */
  readonly silent?: boolean;
}

/** Details of a failure that stay on this side: none of them is sent to a peer. */
export interface ErrorContext {
  /** The error behind this one. */
  readonly cause?: unknown;
  /** Machine-readable kind, such as `NO_NODES` or `NODE_LOST`. */
  readonly reason?: Reason;
  /** Id of the node that answered or was lost. */
  readonly node?: string;
  /** Number of requests that were sent for the call. */
  readonly attempts?: number;
  /** Whether the handler ran. */
  readonly executed?: Executed;
  /** The backend that cannot be reached. */
  readonly backend?: UnreachableBackend | undefined;
}

/** Machine-readable kinds of failure. Each maps to one exit code of the command line. */
export type Reason =
  | "REMOTE_ERROR"
  | "OVERLOADED"
  | "STREAM_BROKEN"
  | "ADDRESS_IN_USE"
  | "IO_ERROR"
  | "BACKEND_MISSING"
  | "USAGE"
  | "UNKNOWN_COMMAND"
  | "UNKNOWN_FLAG"
  | "BAD_FLAG_VALUE"
  | "BAD_CONFIG"
  | "SERVICE_NOT_FOUND"
  | "METHOD_NOT_FOUND"
  | "NODE_NOT_FOUND"
  | "NO_NODES"
  | "AMBIGUOUS"
  | "BAD_JSON"
  | "BAD_REQUEST"
  | "SCHEMA_MISMATCH"
  | "TOO_LARGE"
  | "REGISTRY_UNREACHABLE"
  | "SIDECAR_UNREACHABLE"
  | "BROKER_UNREACHABLE"
  | "NODE_UNREACHABLE"
  | "NODE_LOST"
  | "TLS_FAILED"
  | "TIMEOUT"
  | "UNHEALTHY"
  | "UNAUTHORIZED"
  | "FORBIDDEN"
  | "INTERNAL"
  | "CANCELLED";

/** The wire form of an error. */
export interface WireError {
  /** The component or service that failed. */
  readonly id: string;
  /** An HTTP status. */
  readonly code: number;
  /** What was asked, a colon, what was found. */
  readonly detail: string;
  /** The standard reason phrase of `code`. */
  readonly status: string;
}

const brand = Symbol.for("micro.error");

/**
 * The error class of the toolkit, and the error format on the wire: `{"id","code","detail","status"}`. Test for it with
 * `MicroError.is`, not `instanceof`: the bundled command line and each plugin may have their own copy of the class.
 */
export class MicroError extends Error {
  /** The component or service that failed, such as `go.micro.client`. */
  readonly id: string;
  /** An HTTP status. 0 if an old peer sent only a text. */
  readonly code: number;
  /** What was attempted, a colon, and what went wrong. For people: compare `code` and `reason`, not this text. */
  readonly detail: string;
  /** The standard reason phrase of `code`. Empty for an unknown code. */
  readonly status: string;
  /** Machine-readable kind. Not part of the wire. */
  readonly reason: Reason | undefined;
  /** Id of the node that answered or was lost. Not part of the wire. */
  readonly node: string | undefined;
  /** Number of requests that were sent for the call. Not part of the wire. */
  readonly attempts: number | undefined;
  /** Whether the handler ran. Not part of the wire. */
  readonly executed: Executed | undefined;
  /** The backend that cannot be reached. Not part of the wire. */
  readonly backend: UnreachableBackend | undefined;

  /** Makes an error. The functions `badRequest`, `notFound` and so on make the usual ones. */
  constructor(id: string, code: number, detail: string, context: ErrorContext = {}) {
    super(detail, context.cause === undefined ? undefined : { cause: context.cause });
    this.name = "MicroError";
    this.id = id;
    this.code = code;
    this.detail = detail;
    this.status = reasonPhrase(code);
    this.reason = context.reason;
    this.node = context.node;
    this.attempts = context.attempts;
    this.executed = context.executed;
    this.backend = context.backend;
    Object.defineProperty(this, brand, { value: true });
  }

  /** Returns true for a `MicroError` of any copy of the class. Never throws. */
  static is(error: unknown): error is MicroError {
    if (typeof error !== "object" || error === null) return false;
    try {
      return (
        (error as Record<symbol, unknown>)[brand] === true && typeof (error as MicroError).detail === "string"
      );
    } catch {
      // The value may be a Proxy whose traps throw, or a revoked one.
      return false;
    }
  }

  /** Returns a `MicroError` unchanged. Wraps anything else in a 500 from `id`, with the original as its `cause`. */
  static from(error: unknown, id: string): MicroError {
    if (MicroError.is(error)) return error;
    return internal(id, textOf(error), { cause: error });
  }

  /**
   * Parses the wire form of an error. Text that is not such a JSON object becomes the detail of an error with code 0.
   * Never throws. Source: the errors package of the Go ecosystem.
   */
  static parse(text: string): MicroError {
    const wire = parseWire(text);
    if (wire === undefined) return new MicroError("", 0, text);
    return new MicroError(wire.id, wire.code, wire.detail);
  }

  /** Returns a copy of the error with `context` added. Members of `context` override those of the error. */
  with(context: ErrorContext): MicroError {
    return new MicroError(this.id, this.code, this.detail, {
      cause: context.cause ?? this.cause,
      reason: context.reason ?? this.reason,
      node: context.node ?? this.node,
      attempts: context.attempts ?? this.attempts,
      executed: context.executed ?? this.executed,
      backend: context.backend ?? this.backend,
    });
  }

  /** Returns the wire form as JSON text, with id and detail shortened to fit into a header of `limit` bytes. */
  toText(limit: number): string {
    const id = cut(this.id, longestId);
    let detail = cut(this.detail, limit);
    for (;;) {
      const text = JSON.stringify({ ...this.toJSON(), id, detail });
      const over = new TextEncoder().encode(text).length - limit;
      if (over <= 0 || detail === "") return text;
      // Escaped, a character takes at most six bytes, so this may cut too little at a time but never much too much.
      detail = cut(detail, detail.length - 1 - Math.ceil(over / 6));
    }
  }

  /** Returns the wire form, its members in the order of the Go ecosystem. */
  toJSON(): WireError {
    return { id: this.id, code: this.code, detail: this.detail, status: this.status };
  }
}

/** Longest `id` on the wire, in characters. Names of services are shorter. */
const longestId = 256;

/** Returns `text`, shortened to `most` characters with a final `…` if it is longer. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return most < 1 ? "" : `${text.slice(0, most - 1)}…`;
}

/** Returns the message of a thrown value of any kind, also of one whose message cannot be read. */
export function textOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return "an unreadable error";
  }
}

function parseWire(text: string): { id: string; code: number; detail: string } | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const { id, code, detail } = JSON.parse(text) as Record<string, unknown>;
    return {
      id: typeof id === "string" ? id : "",
      code: typeof code === "number" && Number.isSafeInteger(code) ? code : 0,
      detail: typeof detail === "string" ? detail : "",
    };
  } catch {
    return undefined;
  }
}

/** Makes a 400: the input does not parse, or a field is missing or wrong. */
export function badRequest(id: string, detail: string, context?: ErrorContext): MicroError {
  return new MicroError(id, 400, detail, { reason: "BAD_REQUEST", ...context });
}

/** Makes a 401: the caller is not known, or its credentials are wrong. */
export function unauthorized(id: string, detail: string, context?: ErrorContext): MicroError {
  return new MicroError(id, 401, detail, { reason: "UNAUTHORIZED", ...context });
}

/** Makes a 403: the caller is known, and may not do this. */
export function forbidden(id: string, detail: string, context?: ErrorContext): MicroError {
  return new MicroError(id, 403, detail, { reason: "FORBIDDEN", ...context });
}

/** Makes a 404: no such service, node, method or record. */
export function notFound(id: string, detail: string, context?: ErrorContext): MicroError {
  return new MicroError(id, 404, detail, { reason: "SERVICE_NOT_FOUND", ...context });
}

/** Makes a 408: no response in time. */
export function timeout(id: string, detail: string, context?: ErrorContext): MicroError {
  return new MicroError(id, 408, detail, { reason: "TIMEOUT", ...context });
}

/** Makes a 413: over a limit of size or count. */
export function tooLarge(id: string, detail: string, context?: ErrorContext): MicroError {
  return new MicroError(id, 413, detail, { reason: "TOO_LARGE", ...context });
}

/** Makes a 500: an unexpected failure. Pass what was thrown as `context.cause`. */
export function internal(id: string, detail: string, context?: ErrorContext): MicroError {
  return new MicroError(id, 500, detail, { reason: "INTERNAL", ...context });
}

/** Makes a 502: the reply cannot be read. Whether the handler ran is unknown. */
export function unreadable(id: string, detail: string, context?: ErrorContext): MicroError {
  return new MicroError(id, 502, detail, { reason: "REMOTE_ERROR", executed: "unknown", ...context });
}

/** Makes a 503: nothing listens at the address, or the node is shutting down. */
export function unavailable(id: string, detail: string, context?: ErrorContext): MicroError {
  return new MicroError(id, 503, detail, { reason: "NODE_UNREACHABLE", ...context });
}

/** Makes a 503: no capacity for now. Pass `executed` if it is known whether anything was executed. */
export function overloaded(id: string, detail: string, context?: ErrorContext): MicroError {
  return new MicroError(id, 503, detail, { reason: "OVERLOADED", ...context });
}

/** Makes a 503: the connection broke after the request was written. Whether the handler ran is unknown. */
export function nodeLost(id: string, detail: string, context?: ErrorContext): MicroError {
  return new MicroError(id, 503, detail, { reason: "NODE_LOST", executed: "unknown", ...context });
}
