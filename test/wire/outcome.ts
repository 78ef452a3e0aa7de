import { MicroError } from "../../src/core/errors.js";

/** What a recorded calling program made of its call or stream. */
export type Outcome =
  | { readonly kind: "answered"; readonly text: string }
  | { readonly kind: "refused"; readonly error: string }
  | { readonly kind: "failed"; readonly error: string }
  | { readonly kind: "crashed" };

/** The outcomes of a program that makes calls, from what it printed. */
export function callOutcomes(output: string): Outcome[] {
  if (output.startsWith("panic:")) return [{ kind: "crashed" }];
  return output.split("\n").flatMap((line): Outcome[] => {
    const ok = /^OK (".*")$/.exec(line);
    if (ok) return [{ kind: "answered", text: JSON.parse(ok[1] ?? "") as string }];
    const error = /^ERR (\S+) (.*)$/.exec(line);
    if (!error) return [];
    const [, type, text = ""] = error;
    return [{ kind: type === "client.serverError" ? "refused" : "failed", error: text }];
  });
}

/** What a program that reads a stream printed: counts, and how it ended. */
export interface StreamOutcome {
  readonly counts: readonly number[];
  /** `EOF` for a regular end, a text for an error, nothing when the caller left. */
  readonly end: string | undefined;
}

export function streamOutcome(output: string): StreamOutcome {
  const counts = [...output.matchAll(/^(?:RECV|PONG) (\d+)$/gm)].map(([, count]) => Number(count));
  return { counts, end: /^RECV END (.*)$/m.exec(output)?.[1] };
}

/** How what our calls came to differs from what the recorded caller printed. */
export function differentOutcomes(output: string, results: readonly unknown[]): string | undefined {
  const expected = callOutcomes(output);
  if (expected.length === 0)
    return results.some(MicroError.is) && !output.includes("ERR") ? `failed: ${results}` : undefined;
  return expected
    .map((outcome, i) => differentOutcome(outcome, results[i]))
    .find((found) => found !== undefined);
}

function differentOutcome(expected: Outcome, result: unknown): string | undefined {
  if (result instanceof Error && !MicroError.is(result)) return `no typed error: ${result.stack}`;
  if (expected.kind === "crashed") return "settled, where the original crashed";
  if (expected.kind === "answered") return differentAnswer(expected.text, result);
  if (!MicroError.is(result))
    return `answered ${JSON.stringify(result)}, where the original failed: ${expected.error}`;
  if (expected.kind === "failed") return undefined;
  const { id, code, detail } = MicroError.parse(expected.error);
  const same = result.id === id && result.code === code && result.detail === detail;
  return same ? undefined : `error: ${JSON.stringify(result)}, where the original had ${expected.error}`;
}

function differentAnswer(text: string, result: unknown): string | undefined {
  if (MicroError.is(result)) return `failed where the original did not: ${result.detail}`;
  const { msg } = result as { msg: string };
  return msg === text ? undefined : `answer: "${msg}", where the original had "${text}"`;
}
