import { useEffect, useRef, useState } from "preact/hooks";
import { useJson } from "../api.js";
import { PageHead } from "../components/page.js";
import { type Live, live } from "../live.js";
import { useStore } from "../store.js";
import { type Allowed, complete } from "../terminal/complete.js";
import { useTerminal } from "../terminal/use-terminal.js";

const pickServices = (state: Live) => state.services;

/** The command line in the browser: the real one, each line its own run, with what is safe from here. */
export function TerminalPage() {
  const services = useStore(live, pickServices);
  const allowed = useJson<Allowed>("/cli").data;
  const { runs, busy, run, cancel, clear } = useTerminal();
  const [line, setLine] = useState("");
  const [hints, setHints] = useState<readonly string[]>([]);
  const past = useRef(-1);
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => end.current?.scrollIntoView({ block: "nearest" }), [runs]);
  const enter = (event: Event) => {
    event.preventDefault();
    const text = line.trim();
    if (text === "") return;
    setLine("");
    setHints([]);
    past.current = -1;
    if (text === "clear") clear();
    else run(text);
  };
  const recall = (step: number) => {
    past.current = Math.min(Math.max(past.current + step, -1), runs.length - 1);
    setLine(past.current < 0 ? "" : (runs.at(-1 - past.current)?.line ?? ""));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Tab" && !event.shiftKey && line !== "") {
      event.preventDefault();
      const found = complete(line, allowed, [...services.values()]);
      setLine(found.line);
      setHints(found.candidates);
    } else if (event.key === "ArrowUp") {
      event.preventDefault();
      recall(1);
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      recall(-1);
    } else if (event.key === "c" && event.ctrlKey && busy) cancel();
  };
  return (
    <>
      <PageHead
        title="Terminal"
        about={
          <>
            The real command line, one run a line, 30 seconds each. <kbd>Tab</kbd> completes, <kbd>↑</kbd>{" "}
            recalls.
          </>
        }
      />
      <section class="terminal" aria-label="Terminal">
        <div class="screen" role="log" tabIndex={0} aria-label="Output">
          {runs.length === 0 && <p class="note">Try: list services</p>}
          {runs.map(({ id, line: entered, output, exit }) => (
            <div key={id} class="run">
              <p class="typed">
                <span aria-hidden="true">micro&gt; </span>
                {entered}
              </p>
              <pre>
                {output.map((piece, index) => (
                  <span key={index} class={piece.kind}>
                    {piece.text}
                  </span>
                ))}
              </pre>
              {exit !== undefined && exit !== 0 && <p class="note">exit {exit}</p>}
            </div>
          ))}
          <div ref={end} />
        </div>
        {hints.length > 0 && <p class="hints">{hints.slice(0, 30).join("   ")}</p>}
        <form onSubmit={enter}>
          <label for="line">micro&gt;</label>
          <input
            id="line"
            data-filter=""
            value={line}
            spellcheck={false}
            autocapitalize="off"
            autocomplete="off"
            onInput={(event) => setLine(event.currentTarget.value)}
            onKeyDown={onKeyDown}
          />
          {busy && (
            <button type="button" class="button small" onClick={cancel}>
              Stop
            </button>
          )}
        </form>
      </section>
      <p class="faint hint">Allowed here: {allowed?.commands.map(({ name }) => name).join(", ") ?? "…"}</p>
    </>
  );
}
