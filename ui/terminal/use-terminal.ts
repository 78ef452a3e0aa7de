import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { request } from "../api.js";

/** One line, and its output so far. */
export interface Run {
  readonly id: number;
  readonly line: string;
  readonly output: readonly Piece[];
  readonly exit?: number;
  /** False while it runs, or waits for the line before it. */
  readonly done: boolean;
}

interface Piece {
  readonly kind: "stdout" | "stderr";
  readonly text: string;
}

type Frame = Partial<Piece> & { readonly exit?: number };

const mostRuns = 50;
const mostPieces = 2_000;

/**
 * Runs lines one after the other, in the order in which they were entered, and gathers their output. `cancel` stops the
 * line that runs and drops those that wait, as Ctrl-C does in a shell.
 */
export function useTerminal() {
  const [runs, setRuns] = useState<readonly Run[]>([]);
  const serial = useRef(0);
  const last = useRef(Promise.resolve());
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const run = useCallback((line: string) => {
    const id = serial.current++;
    const { signal } = stop.current;
    const change = (step: (run: Run) => Run) =>
      setRuns((old) => old.map((known) => (known.id === id ? step(known) : known)));
    setRuns((old) => [...old, { id, line, output: [], done: false }].slice(-mostRuns));
    last.current = last.current.then(async () => {
      try {
        signal.throwIfAborted();
        for await (const frame of frames(line, signal)) change((known) => grown(known, frame));
      } catch (error) {
        const text = signal.aborted ? "stopped\n" : `${(error as Error).message}\n`;
        change((known) => grown(known, { kind: "stderr", text }));
      } finally {
        change((known) => ({ ...known, done: true }));
      }
    });
  }, []);
  const cancel = useCallback(() => {
    stop.current.abort();
    stop.current = new AbortController();
  }, []);
  const clear = useCallback(() => setRuns((old) => old.filter(({ done }) => !done)), []);
  return { runs, busy: runs.some(({ done }) => !done), run, cancel, clear };
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
