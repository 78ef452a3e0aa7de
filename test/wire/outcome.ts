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
