import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Endpoint } from "../../src/core/service.js";
import { stringifyJson } from "../../src/core/text/json.js";
import { emptyObject } from "./field-kinds.js";
import { remember } from "./history.js";
import { type Answer, type Query, send } from "./query.js";

export type Draft = Pick<Query, "body" | "metadata" | "timeout">;

/** What people fill in; a new endpoint starts with the empty value of its request type. */
export function useDraft(endpoint: Endpoint | undefined, key: string) {
  const [draft, setDraft] = useState<Draft>({ body: "{}", metadata: [], timeout: 5_000 });
  const started = useRef("");
  const start = endpoint?.request ? stringifyJson(emptyObject(endpoint.request), 2) : "{}";
  useEffect(() => {
    if (endpoint === undefined || started.current === key) return;
    started.current = key;
    setDraft((old) => ({ ...old, body: start }));
  }, [endpoint, key, start]);
  const change = useCallback((values: Partial<Draft>) => setDraft((old) => ({ ...old, ...values })), []);
  const take = useCallback((query: Query, ofKey: string) => {
    started.current = ofKey;
    setDraft({ body: query.body, metadata: query.metadata, timeout: query.timeout });
  }, []);
  return { draft, change, take };
}

/** Sends one query at a time; a further one cancels it. */
export function useSend() {
  const [answer, setAnswer] = useState<Answer>();
  const [error, setError] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const running = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const run = useCallback(async (query: Query) => {
    running.current?.abort();
    const current = new AbortController();
    running.current = current;
    setBusy(true);
    setError(undefined);
    try {
      const answered = await send(query, current.signal);
      remember(answered);
      setAnswer(answered);
    } catch (failure) {
      if (!current.signal.aborted) setError(failure as Error);
    } finally {
      if (running.current === current) setBusy(false);
    }
  }, []);
  const cancel = useCallback(() => running.current?.abort(), []);
  return { answer, setAnswer, error, busy, run, cancel };
}
