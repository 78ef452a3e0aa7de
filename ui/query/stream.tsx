import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../components/icon.js";
import { JsonView } from "../components/json-view.js";
import { HealthMark } from "../components/service/service-label.js";
import { clock, count } from "../format.js";
import type { Query } from "./query.js";

/** One message of a stream, or a word about it. */
interface Entry {
  readonly id: number;
  readonly time: number;
  readonly kind: "in" | "out" | "note" | "error";
  readonly text: string;
}

type State = "closed" | "opening" | "open" | "ended";

/** Frames of the server: see src/web/routes/stream-routes.ts. */
type Frame =
  | { readonly type: "open"; readonly node: string }
  | { readonly type: "message"; readonly body: string }
  | { readonly type: "error"; readonly detail: string; readonly code: number }
  | { readonly type: "end" };

const most = 500;

/** A stream of messages both ways, one socket at a time. */
export function useStream() {
  const [state, setState] = useState<State>("closed");
  const [entries, setEntries] = useState<readonly Entry[]>([]);
  const socket = useRef<WebSocket | undefined>(undefined);
  const serial = useRef(0);
  const add = useCallback((kind: Entry["kind"], text: string) => {
    const entry = { id: serial.current++, time: Date.now(), kind, text };
    setEntries((old) => [entry, ...old].slice(0, most));
  }, []);
  const stop = useCallback(() => socket.current?.close(1000), []);
  useEffect(() => stop, [stop]);
  const open = useCallback(
    (query: Query) => {
      stop();
      setEntries([]);
      setState("opening");
      const opened = new WebSocket(address(query));
      socket.current = opened;
      opened.onmessage = ({ data }) => {
        if (socket.current !== opened) return;
        const frame = JSON.parse(data as string) as Frame;
        if (frame.type === "open") {
          setState("open");
          add("note", frame.node === "" ? "Stream open" : `Stream open on ${frame.node}`);
        } else if (frame.type === "message") add("in", frame.body);
        else if (frame.type === "error") add("error", `${frame.code} ${frame.detail}`);
        else add("note", "The service ended the stream");
      };
      opened.onclose = ({ code }) => {
        if (socket.current !== opened) return;
        setState("closed");
        if (code !== 1000 && code !== 1005) add("error", `Stream closed (${code})`);
      };
    },
    [add, stop],
  );
  const sendMessage = useCallback(
    (body: string) => {
      socket.current?.send(JSON.stringify({ type: "send", body }));
      add("out", body);
    },
    [add],
  );
  const end = useCallback(() => {
    socket.current?.send(JSON.stringify({ type: "end" }));
    setState("ended");
    add("note", "No more messages will be sent");
  }, [add]);
  return { state, entries, open, send: sendMessage, end, stop };
}

function address({ service, method, node, metadata }: Query): string {
  const url = new URL("/stream", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  url.searchParams.set("service", service);
  url.searchParams.set("method", method);
  if (node !== "") url.searchParams.set("node", node);
  if (metadata.length > 0) url.searchParams.set("metadata", JSON.stringify(Object.fromEntries(metadata)));
  return url.href;
}

const arrows = { in: "←", out: "→", note: "·", error: "!" } as const;
const meaning = { in: "received", out: "sent", note: "note", error: "error" } as const;

/** The messages, the newest first. */
export function StreamView({ state, entries }: { state: State; entries: readonly Entry[] }) {
  const received = entries.filter(({ kind }) => kind === "in").length;
  return (
    <section class="card answer" aria-label="Stream">
      <header>
        <HealthMark
          health={state === "closed" ? "none" : "ok"}
          text={state === "closed" ? "Closed" : "Streaming"}
        />
        <span class="fact">{count(received)} received</span>
      </header>
      <ol class="messages" aria-live="polite">
        {entries.map((entry) => (
          <li key={entry.id} class={entry.kind}>
            <span class="arrow" role="img" aria-label={meaning[entry.kind]}>
              {arrows[entry.kind]}
            </span>
            {entry.kind === "in" || entry.kind === "out" ? (
              <JsonView text={entry.text} />
            ) : (
              <span>{entry.text}</span>
            )}
            <time>{clock(entry.time)}</time>
          </li>
        ))}
      </ol>
      {entries.length === 0 && (
        <p class="faint">
          <Icon name="topics" /> Messages appear here as they come.
        </p>
      )}
    </section>
  );
}
