import type { CallOptions, Client, PublishOptions, Stream } from "../../client/client.js";
import type { Abortable } from "../../core/closeable.js";
import { notFound } from "../../core/errors.js";
import { formatAddress } from "../../core/net/address.js";
import { anyShape, parseJson, stringifyJson } from "../../core/text/json.js";
import type { Registry } from "../../registry/registry.js";
import { checked, noSidecar } from "./answer.js";
import { SidecarBroker } from "./broker.js";
import { checkSidecar } from "./check.js";
import type { SidecarHttp } from "./http.js";
import { openStream } from "./stream.js";

const defaultTimeout = 5000;
/** Milliseconds to wait longer than the sidecar, so that its more precise error arrives first. */
const grace = 500;

/** Calls through a sidecar, which chooses the node unless one is named. */
export class SidecarClient implements Client {
  readonly #http: SidecarHttp;
  readonly #registry: Registry;

  constructor(http: SidecarHttp, registry: Registry) {
    this.#http = http;
    this.#registry = registry;
  }

  async call<Reply>(
    service: string,
    method: string,
    request: unknown,
    options: CallOptions = {},
  ): Promise<Reply> {
    const { timeout = defaultTimeout, signal, metadata } = options;
    const started = performance.now();
    const answer = await this.#http.send({
      method: "POST",
      path: "/rpc",
      header: { ...metadata, "content-type": "application/json", timeout: String(Math.round(timeout * 1e6)) },
      body: await this.#body(service, method, request, options),
      signal,
      timeout: timeout + grace,
    });
    const attempts = Number(answer.header["x-micro-attempts"] ?? 1);
    options.onDone?.({ version: "", node: undefined, attempts, duration: performance.now() - started });
    const { body } = checked(answer);
    if (!isJson(body)) throw noSidecar(answer);
    // sidecars of this toolkit send the attempts, those of 2016 do not
    if (answer.header["x-micro-attempts"] === undefined) await checkSidecar(this.#http, signal);
    return (options.raw ? Buffer.from(body) : parseJson(body, anyShape)) as Reply;
  }

  stream<Reply>(service: string, method: string, options: CallOptions = {}): Promise<Stream<Reply>> {
    return openStream(this.#http, service, method, options);
  }

  async publish(topic: string, value: unknown, options: PublishOptions = {}): Promise<void> {
    const header = { "Content-Type": options.contentType ?? "application/json", ...options.metadata };
    await new SidecarBroker(this.#http).publish(
      topic,
      { header, body: Buffer.from(stringifyJson(value)) },
      options,
    );
  }

  async close(): Promise<void> {
    this.#http.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Builds the request without parsing its body: no number is rounded. */
  async #body(service: string, method: string, request: unknown, options: CallOptions): Promise<string> {
    const text = options.raw ? Buffer.from(request as Uint8Array).toString() : stringifyJson(request);
    const address = options.node ? await this.#address(service, options.node, options) : undefined;
    const target = stringifyJson({ service, method, ...(address && { address }) });
    // a sidecar parses a request that is a string as JSON text
    const sent = text.trimStart().startsWith('"') ? stringifyJson(text) : text;
    return `${target.slice(0, -1)},"request":${sent}}`;
  }

  /** Finds the `host:port` of a node, which sidecars need. Users may name it by its id. */
  async #address(service: string, node: string, { signal }: Abortable): Promise<string> {
    const versions = await this.#registry.getService(service, { signal });
    const nodes = versions.flatMap((version) => version.nodes);
    for (const { id, address: host, port } of nodes)
      if (id === node || formatAddress({ host, port }) === node) return formatAddress({ host, port });
    throw notFound("go.micro.client", `node "${node}": not one of ${service}`, { reason: "NODE_NOT_FOUND" });
  }
}

/** True for JSON, and for an empty answer, which a service may give. */
function isJson(text: string): boolean {
  if (text.trim() === "") return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
