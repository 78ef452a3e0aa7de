import type { Reason } from "../../core/errors.js";
import type { Terminal } from "../output/terminal.js";
import { toCliError } from "../output/to-cli-error.js";
import { sanitise } from "../sanitise.js";

/** A check and its result. */
export interface Check {
  readonly id: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly hint?: string;
  readonly duration_ms: number;
}

/** A check with the reason of its failure, which is not printed. */
export interface Checked extends Check {
  readonly reason?: Reason;
}

/** Hints for failures without a hint of their own. */
const fixes: Partial<Record<Reason, string>> = {
  TLS_FAILED: "check the files of --tls_ca_file, --tls_cert_file and --tls_key_file",
  TIMEOUT: "give it more time: --timeout 30s",
  IO_ERROR: "check that the path is there and can be read",
  BAD_CONFIG: "micro context show --origin",
  BAD_FLAG_VALUE: "micro context show --origin",
  BACKEND_MISSING: "npm install what is named",
  REMOTE_ERROR: "look into its log",
  INTERNAL: "look into its log",
};

/** Runs one check. The result of `look` is the detail; what it throws is the failure. */
export async function check(id: string, look: () => Promise<string> | string): Promise<Checked> {
  const started = performance.now();
  const time = () => ({ duration_ms: Math.round((performance.now() - started) * 1000) / 1000 });
  try {
    return { id, ok: true, detail: await look(), ...time() };
  } catch (error) {
    const failure = toCliError(error);
    return {
      id,
      ok: false,
      detail: failure.message,
      hint: failure.details.hint ?? fixes[failure.code] ?? "micro --help",
      reason: failure.code,
      ...time(),
    };
  }
}

/** Returns a check for `--json`. */
export function checkJson({ id, ok, detail, hint, duration_ms }: Check): Check {
  return { id, ok, detail, hint, duration_ms };
}

/** Formats a check as one line, with the fix below a failed one. */
export function checkLines({ id, ok, detail, hint, duration_ms }: Check, { out }: Terminal): string {
  const mark = ok ? out.green("ok  ") : out.red("fail");
  const line = `${mark}  ${id.padEnd(12)}  ${sanitise(detail)}  ${out.dim(`${Math.round(duration_ms)}ms`)}`;
  return hint ? `${line}\n      fix: ${sanitise(hint)}` : line;
}

/** In place of what the sidecar does not tell. */
export const hidden = "not visible behind the sidecar";
