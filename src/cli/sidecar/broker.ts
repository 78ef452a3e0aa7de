import type { Broker, Publication, SubscribeOptions, Subscription } from "../../broker/broker.js";
import { withoutCredentials } from "../../broker/without-credentials.js";
import type { Abortable } from "../../core/closeable.js";
import { MicroError } from "../../core/errors.js";
import type { Message } from "../../core/message.js";
import { parseJson } from "../../core/text/json.js";
import { backOff } from "../../core/time/backoff.js";
import { sleep } from "../../core/time/clock.js";
import { isFormType } from "../../http/message/content-type.js";
import { done } from "./answer.js";
import type { SidecarHttp } from "./http.js";
import { SidecarSocket } from "./socket.js";

/** Back-off in milliseconds before a lost subscription is restored. */
const retry = { least: 100, most: 2000 };

/** The broker behind a sidecar. Also supports sidecars of 2016. */
export class SidecarBroker implements Broker {
  readonly name = "sidecar";
  readonly #http: SidecarHttp;
  /** Functions that close the open subscriptions. */
  readonly #subscriptions = new Set<() => Promise<void>>();

  constructor(http: SidecarHttp) {
    this.#http = http;
  }

  get address(): string {
    return this.#http.url.host;
  }

  async connect(): Promise<void> {}

  async publish(topic: string, message: Message, { signal }: Abortable = {}): Promise<void> {
    const { header, body } = withoutCredentials(message);
    const path = `/broker?${publishQuery(topic, header)}`;
    const answer = await this.#http.send({ method: "POST", path, header, body, signal });
    if (answer.status !== 405) return done(answer);
    // a sidecar of 2016 publishes what it receives over a WebSocket, without headers
    await using socket = await SidecarSocket.open(this.#http, path, signal);
    await socket.send(body);
  }

  async subscribe(
    topic: string,
    handler: (publication: Publication) => Promise<void>,
    { queue, signal, onGap }: SubscribeOptions = {},
  ): Promise<Subscription> {
    const query = new URLSearchParams({ topic, ...(queue && { queue }) });
    const path = `/broker?${query}`;
    let socket = await SidecarSocket.open(this.#http, path, signal);
    let closed = false;
    const read = async () => {
      while (!closed) {
        try {
          for await (const text of socket) await deliver(text, topic, handler);
        } catch {
          // messages during the disconnect are lost, which `onGap` reports
        }
        if (closed || signal?.aborted) return;
        onGap?.("the connection to the sidecar broke");
        socket = await reopen(this.#http, path, () => closed, signal);
      }
    };
    const reading = read().catch(() => undefined);
    const close = async () => {
      this.#subscriptions.delete(close);
      closed = true;
      await socket.close();
      await reading;
      // It may have been reopened in the meantime.
      await socket.close();
    };
    this.#subscriptions.add(close);
    return { topic, close, [Symbol.asyncDispose]: close };
  }

  /** Also closes all subscriptions, so that none keeps the process alive. */
  async close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((close) => close()));
    this.#http.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Also passes the content type of a form as a parameter: sidecars ignore that header, because curl sends it with any
 * data.
 */
function publishQuery(topic: string, header: Message["header"]): URLSearchParams {
  const [, type = ""] = Object.entries(header).find(([name]) => name.toLowerCase() === "content-type") ?? [];
  return new URLSearchParams({ topic, ...(isFormType(type) && { content_type: type }) });
}

async function deliver(
  text: string,
  topic: string,
  handler: (publication: Publication) => Promise<void>,
): Promise<void> {
  const { Header, Body } = parseJson(text) as { Header?: Record<string, string>; Body?: string };
  const message = { header: Header ?? {}, body: Buffer.from(Body ?? "", "base64") };
  await handler({ topic, message, ack: async () => {} });
}

async function reopen(
  http: SidecarHttp,
  path: string,
  closed: () => boolean,
  signal: AbortSignal | undefined,
): Promise<SidecarSocket> {
  for (let failures = 1; ; failures++) {
    try {
      return await SidecarSocket.open(http, path, signal);
    } catch (error) {
      if (closed() || signal?.aborted || (MicroError.is(error) && error.code < 500)) throw error;
      await sleep(backOff(failures, retry));
    }
  }
}
