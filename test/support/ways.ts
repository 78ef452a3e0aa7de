import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { askRaw, type ReadAnswer } from "./bytes/raw-answer.js";
import { type Certificate, selfSigned } from "./certificates.js";

/** A request as a client means it; header values are latin1. */
export interface Asking {
  readonly method?: string;
  readonly path: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
}

/** One way for a request to reach a program. */
export type Way = (asking: Asking) => Promise<ReadAnswer>;

/** The ways of HTTP/1.1: read by the fast front, and past it by Node's server in three ways. */
export function waysOfHttp1({ address }: HttpServer): Readonly<Record<string, Way>> {
  const way =
    (framing: (body: string) => readonly string[], framed: (body: string) => string, version = "1.1"): Way =>
    ({ method = "GET", path, headers = [], body = "" }) => {
      const lines = headers.map(([name, value]) => `${name}: ${value}`);
      const head = [`${method} ${path} HTTP/${version}`, `Host: ${address}`, ...lines, ...framing(body)];
      return askRaw(address, `${head.join("\r\n")}\r\n\r\n${framed(body)}`);
    };
  const length = (body: string) => (body === "" ? [] : [`Content-Length: ${body.length}`]);
  const chunk = (body: string) =>
    body === "" ? "0\r\n\r\n" : `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  return {
    plain: way(length, (body) => body),
    closing: way(
      (body) => [...length(body), "Connection: close"],
      (body) => body,
    ),
    chunked: way(() => ["Transfer-Encoding: chunked"], chunk),
    "HTTP/1.0": way(length, (body) => body, "1.0"),
  };
}

/** A certificate in files, for a listener. */
export async function tlsFiles() {
  const certificate = selfSigned("DNS:localhost,IP:127.0.0.1");
  const folder = await mkdtemp(join(tmpdir(), "micro-tls-"));
  const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  await writeFile(certFile, certificate.cert);
  await writeFile(keyFile, certificate.key);
  return {
    certificate,
    tls: { certFile, keyFile },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

/** One connection of HTTP/2. */
export class Http2Way implements AsyncDisposable {
  readonly session: ClientHttp2Session;
  readonly #authority: string;

  constructor({ url, address }: HttpServer, { cert }: Certificate) {
    this.session = connectHttp2(url, { ca: cert });
    this.session.on("error", () => {});
    this.#authority = address;
  }

  readonly ask: Way = async ({ method = "GET", path, headers = [], body = "" }) => {
    const fields: Record<string, string | string[]> = { ":method": method, ":path": path };
    fields[":authority"] = this.#authority;
    for (const [name, value] of headers)
      fields[name.toLowerCase()] = [fields[name.toLowerCase()] ?? [], value].flat();
    const stream = this.session.request(fields, { endStream: body === "" });
    stream.setTimeout(10_000, () => stream.close(8));
    const interim: number[] = [];
    let trailers: ReadAnswer["trailers"] = [];
    stream.on("headers", (head) => interim.push(Number(head[":status"])));
    stream.on("trailers", (_, __, raw: string[]) => {
      trailers = pairs(raw);
    });
    let cut = false;
    stream.on("error", () => {
      cut = true;
    });
    stream.setEncoding("latin1");
    let received = "";
    stream.on("data", (text: string) => {
      received += text;
    });
    const closed = new Promise((resolve) => stream.once("close", resolve));
    const answered = once(stream, "response") as Promise<[Record<string, unknown>, number, string[]]>;
    if (body !== "") stream.end(Buffer.from(body, "latin1"));
    const [head, , raw] = await answered;
    await closed;
    const all = pairs(raw).filter(([name]) => !name.startsWith(":"));
    return {
      status: Number(head[":status"]),
      headers: all,
      body: received,
      trailers,
      interim,
      cut,
      rest: "",
    };
  };

  async [Symbol.asyncDispose](): Promise<void> {
    this.session.destroy();
  }
}

function pairs(raw: readonly string[]): (readonly [string, string])[] {
  const all: (readonly [string, string])[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) all.push([raw[i] ?? "", raw[i + 1] ?? ""]);
  return all;
}
