import type { Reason } from "../core/errors.js";

/** The exit code of each kind of failure, the same in text and JSON mode. */
export const exitCodes: Readonly<Record<Reason, number>> = {
  REMOTE_ERROR: 1,
  OVERLOADED: 1,
  STREAM_BROKEN: 1,
  ADDRESS_IN_USE: 1,
  IO_ERROR: 1,
  BACKEND_MISSING: 1,
  USAGE: 2,
  UNKNOWN_COMMAND: 2,
  UNKNOWN_FLAG: 2,
  BAD_FLAG_VALUE: 2,
  BAD_CONFIG: 2,
  SERVICE_NOT_FOUND: 3,
  METHOD_NOT_FOUND: 3,
  NODE_NOT_FOUND: 3,
  NO_NODES: 3,
  AMBIGUOUS: 3,
  BAD_JSON: 4,
  BAD_REQUEST: 4,
  SCHEMA_MISMATCH: 4,
  TOO_LARGE: 4,
  REGISTRY_UNREACHABLE: 5,
  SIDECAR_UNREACHABLE: 5,
  BROKER_UNREACHABLE: 5,
  NODE_UNREACHABLE: 5,
  NODE_LOST: 5,
  TLS_FAILED: 5,
  TIMEOUT: 6,
  UNHEALTHY: 7,
  UNAUTHORIZED: 8,
  FORBIDDEN: 8,
  INTERNAL: 70,
  CANCELLED: 130,
};

/** Details of a failure, besides code and message. */
export interface CliErrorDetails {
  /** A command to run, or a short advice that contains one. */
  readonly hint?: string;
  readonly status?: number;
  readonly id?: string;
  readonly detail?: string;
  readonly service?: string;
  readonly method?: string;
  readonly node?: string;
  readonly candidates?: readonly string[];
  readonly cause?: unknown;
  /** Overrides the exit code of the reason: 143 for SIGTERM. */
  readonly exitCode?: number;
}

/** The only kind of error that leaves a command. It sets the exit code in text and JSON mode. */
export class CliError extends Error {
  readonly code: Reason;
  readonly exitCode: number;
  readonly details: CliErrorDetails;

  constructor(code: Reason, message: string, details: CliErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "CliError";
    this.code = code;
    this.exitCode = details.exitCode ?? exitCodes[code];
    this.details = details;
  }

  /** Where oclif looks for the exit code in text mode. */
  get oclif(): { exit: number } {
    return { exit: this.exitCode };
  }

  /** Returns what `--json` prints: always `code`, `message` and `exitCode`, the rest if known. */
  toJSON(): object {
    const { hint, status, id, detail, service, method, node, candidates } = this.details;
    const known = { hint, exitCode: this.exitCode, status, id, detail, service, method, node, candidates };
    return { error: { code: this.code, message: this.message, ...known } };
  }
}

/** Makes the error for a wrong use of the command line. */
export function usage(message: string, hint?: string): CliError {
  return new CliError("USAGE", message, { hint });
}
