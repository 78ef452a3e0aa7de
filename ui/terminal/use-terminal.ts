import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { request } from "../api.js";

/** One line that ran, and what it wrote. */
export interface Run {
  readonly id: number;
  readonly line: string;
  readonly output: readonly Piece[];
  readonly exit?: number;
}

interface Piece {
  readonly kind: "stdout" | "stderr";
  readonly text: string;
}

type Frame = Partial<Piece> & { readonly exit?: number };

const mostRuns = 50;
const mostPieces = 2_000;

/** Runs lines one after the other and gathers what they write. */
export function useTerminal() {
  const [runs, setRuns] = useState<readonly Run[]>([]);
  const [busy, setBusy] = useState(false);
  const serial = useRef(0);
  const running = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const run = useCallback(async (line: string) => {
    const id = serial.current++;
    const leave = new AbortController();
    running.current = leave;
    const change = (step: (run: Run) => Run) =>
      setRuns((old) => old.map((known) => (known.id === id ? step(known) : known)));
    setBusy(true);
    setRuns((old) => [...old, { id, line, output: [] }].slice(-mostRuns));
    try {
      for await (const frame of frames(line, leave.signal)) change((known) => grown(known, frame));
    } catch (error) {
      const text = leave.signal.aborted ? "stopped\n" : `${(error as Error).message}\n`;
      change((known) => grown(known, { kind: "stderr", text }));
    } finally {
      setBusy(false);
    }
  }, []);
  const cancel = useCallback(() => running.current?.abort(), []);
  const clear = useCallback(() => setRuns([]), []);
  return { runs, busy, run, cancel, clear };
}

function grown(run: Run, { kind, text, exit }: Frame): Run {
  if (exit !== undefined) return { ...run, exit };
  if (kind === undefined || text === undefined) return run;
  return { ...run, output: [...run.output, { kind, text }].slice(-mostPieces) };
}

/** The server's answer, line by line, as it comes. */
async function* frames(line: string, signal: AbortSignal): AsyncIterable<Frame> {
  const response = await request("/cli", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ line }),
    signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    const lines = (rest + part.value).split("\n");
    rest = lines.pop() ?? "";
    for (const text of lines) yield JSON.parse(text) as Frame;
  }
}
