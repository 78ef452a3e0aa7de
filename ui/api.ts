import { useEffect, useState } from "preact/hooks";
import { go, link } from "./router.js";

/** What the server said no with. */
export class ApiError extends Error {
  readonly code: number;

  constructor(code: number, detail: string) {
    super(detail);
    this.code = code;
  }
}

/** Asks the server; sends to the login when the session is over. @throws {ApiError} */
export async function request(url: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, { ...init, headers: { Accept: "application/json", ...init.headers } });
  if (response.status === 401) go(link("/login", { from: location.pathname + location.search }));
  if (response.ok) return response;
  throw new ApiError(response.status, await detailOf(response));
}

async function detailOf(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    if (typeof detail === "string" && detail !== "") return detail;
  } catch {}
  return text.trim() || response.statusText || `HTTP ${response.status}`;
}

export async function getJson<Data>(url: string, signal?: AbortSignal): Promise<Data> {
  const response = await request(url, { signal: signal ?? AbortSignal.timeout(10_000) });
  return (await response.json()) as Data;
}

export function sendJson(url: string, method: "POST" | "DELETE", body: string): Promise<Response> {
  return request(url, { method, body, headers: { "Content-Type": "application/json" } });
}

/** The state of something that was asked for. */
export interface Loaded<Data> {
  readonly data: Data | undefined;
  readonly error: Error | undefined;
}

/** Loads a URL, again whenever `url` or `version` changes, and every `interval` ms where given. */
export function useJson<Data>(url: string | undefined, version?: unknown, interval?: number): Loaded<Data> {
  const [state, setState] = useState<Loaded<Data> & { url?: string }>({ data: undefined, error: undefined });
  useEffect(() => {
    if (url === undefined) return;
    const leave = new AbortController();
    const load = () =>
      getJson<Data>(url, AbortSignal.any([leave.signal, AbortSignal.timeout(10_000)])).then(
        (data) => setState({ data, error: undefined, url }),
        (error: Error) => {
          if (!leave.signal.aborted)
            setState((old) => ({ data: old.url === url ? old.data : undefined, error, url }));
        },
      );
    void load();
    const timer = interval === undefined ? undefined : setInterval(load, interval);
    return () => {
      clearInterval(timer);
      leave.abort();
    };
  }, [url, version, interval]);
  return state.url === url ? state : { data: undefined, error: undefined };
}
