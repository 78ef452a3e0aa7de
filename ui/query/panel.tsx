import type { Endpoint } from "../../src/core/service.js";
import { CopyButton } from "../components/copy.js";
import { Icon } from "../components/icon.js";
import { Failure } from "../components/page.js";
import { setParams } from "../router.js";
import { AnswerView } from "./answer.js";
import { Body, parse } from "./body.js";
import { asCurl, asMicro, asTypeScript } from "./copy-as.js";
import { HistoryList } from "./history-list.js";
import { MetadataRows } from "./metadata.js";
import type { Query } from "./query.js";
import { StreamView, useStream } from "./stream.js";
import { useDraft, useSend } from "./use-query.js";

interface QueryPanelProps {
  readonly service: string;
  readonly method: string;
  readonly node: string;
  readonly endpoint: Endpoint | undefined;
  /** Why the service could not be read. */
  readonly missing: string | undefined;
}

/** Where a request is put together, sent, and its answer read. */
export function QueryPanel({ service, method, node, endpoint, missing }: QueryPanelProps) {
  const key = `${service} ${method}`;
  const { draft, change, take } = useDraft(endpoint, key);
  const sending = useSend();
  const stream = useStream();
  const streaming = endpoint?.metadata.stream === "true";
  const query: Query = {
    service,
    method,
    node,
    ...draft,
    metadata: draft.metadata.filter(([name]) => name !== ""),
  };
  const valid = service !== "" && method !== "" && parse(draft.body).error === undefined;
  const submit = (event: Event) => {
    event.preventDefault();
    if (!valid) return;
    if (!streaming) void sending.run(query);
    else if (stream.state === "open") stream.send(query.body);
    else if (stream.state === "closed") stream.open(query);
  };
  const reopen = (old: Query) => {
    take(old, `${old.service} ${old.method}`);
    setParams({ service: old.service, method: old.method, node: old.node });
  };
  return (
    <div class="desk">
      <form
        class="card request"
        onSubmit={submit}
        onKeyDown={(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && submit(event)}
      >
        {missing !== undefined && <p class="field-error">{missing}</p>}
        <Body type={endpoint?.request ?? null} body={draft.body} onChange={(body) => change({ body })} />
        <div class="more-options">
          <MetadataRows entries={draft.metadata} onChange={(metadata) => change({ metadata })} />
          <label class="field timeout">
            <span>Timeout, ms</span>
            <input
              type="number"
              min={1}
              max={60_000}
              value={draft.timeout}
              onInput={(event) => change({ timeout: Number(event.currentTarget.value) || 5_000 })}
            />
          </label>
        </div>
        <footer>
          {streaming ? (
            <StreamButtons stream={stream} valid={valid} />
          ) : (
            <SendButton busy={sending.busy} valid={valid} cancel={sending.cancel} />
          )}
          <span class="copy-as">
            <CopyButton text={asMicro(query, streaming)} label="micro" />
            <CopyButton text={asCurl(query, location.origin)} label="curl" />
            <CopyButton text={asTypeScript(query)} label="TypeScript" />
          </span>
        </footer>
      </form>
      <div>
        {sending.error && <Failure error={sending.error} what="Not sent" />}
        {streaming ? (
          <StreamView state={stream.state} entries={stream.entries} />
        ) : sending.answer ? (
          <AnswerView answer={sending.answer} />
        ) : (
          <div class="card answer waiting">
            <p class="faint">The answer appears here, with the node that gave it and how long it took.</p>
          </div>
        )}
        <HistoryList
          onOpen={(answer) => {
            reopen(answer.query);
            sending.setAnswer(answer);
          }}
          onRepeat={(old) => {
            reopen(old);
            void sending.run(old);
          }}
        />
      </div>
    </div>
  );
}

function SendButton({ busy, valid, cancel }: { busy: boolean; valid: boolean; cancel: () => void }) {
  if (busy)
    return (
      <button type="button" class="button" onClick={cancel}>
        <Icon name="stop" /> Cancel
      </button>
    );
  return (
    <button type="submit" class="button primary" disabled={!valid} title="Ctrl+Enter">
      <Icon name="play" /> Send
    </button>
  );
}

function StreamButtons({ stream, valid }: { stream: ReturnType<typeof useStream>; valid: boolean }) {
  const closed = stream.state === "closed";
  return (
    <>
      <button type="submit" class="button primary" disabled={!valid || (!closed && stream.state !== "open")}>
        <Icon name="play" /> {closed ? "Open stream" : "Send"}
      </button>
      <button type="button" class="button" disabled={stream.state !== "open"} onClick={stream.end}>
        End input
      </button>
      <button type="button" class="button" disabled={closed} onClick={stream.stop}>
        <Icon name="stop" /> Stop
      </button>
    </>
  );
}
