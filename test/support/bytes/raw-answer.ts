import { connect } from "node:net";
import { parseAddress } from "../../../src/core/net/address.js";

/** An answer read byte for byte; texts are latin1. */
export interface ReadAnswer {
  readonly status: number;
  /** Name in lower case, then value, in their order. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly trailers: readonly (readonly [string, string])[];
  /** Statuses of the interim answers before it. */
  readonly interim: readonly number[];
  /** It did not come to its end. */
  readonly cut: boolean;
  /** What came after it. */
  readonly rest: string;
}

/** Sends bytes on a connection of its own, and reads one answer to its end, or to that of the connection. */
export function askRaw(address: string, bytes: string | Buffer, timeout = 10_000): Promise<ReadAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(parseAddress(address));
    const text = typeof bytes === "string" ? bytes : bytes.toString("latin1");
    const bodiless = text.startsWith("HEAD ");
    let received = "";
    const timer = setTimeout(() => fail(new Error(`no whole answer in time: ${received}`)), timeout);
    const fail = (error: Error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const look = (closed: boolean) => {
      const answer = readAnswer(received, bodiless, closed);
      if (!answer && !closed) return;
      clearTimeout(timer);
      socket.destroy();
      if (answer) resolve(answer);
      else reject(new Error(`no answer: ${JSON.stringify(received)}`));
    };
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      received += chunk;
      look(false);
    });
    socket.on("error", () => {});
    socket.once("close", () => look(true));
    socket.write(Buffer.from(text, "latin1"));
  });
}

/** Nothing while it may go on. @throws when it is no HTTP. */
export function readAnswer(text: string, bodiless: boolean, closed: boolean): ReadAnswer | undefined {
  const interim: number[] = [];
  let at = 0;
  for (;;) {
    const end = text.indexOf("\r\n\r\n", at);
    if (end < 0) return undefined;
    const [line = "", ...lines] = text.slice(at, end).split("\r\n");
    const status = Number(/^HTTP\/1\.[01] (\d{3}) [^\r\n]*$/.exec(line)?.[1]);
    if (Number.isNaN(status)) throw new Error(`no status line: ${JSON.stringify(line)}`);
    const headers = fields(lines);
    at = end + 4;
    if (status >= 200 || status === 101) {
      const none = bodiless || status === 204 || status === 304 || status === 101;
      const read = none ? { body: "", next: at, trailers: [], cut: false } : body(text, at, headers, closed);
      return read && { status, headers, interim, ...read, rest: text.slice(read.next) };
    }
    interim.push(status);
  }
}

function fields(lines: readonly string[]): (readonly [string, string])[] {
  return lines.map((line) => {
    const [, name = "", value = ""] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([^\r\n\0]*)$/.exec(line) ?? [];
    if (name === "") throw new Error(`no header line: ${JSON.stringify(line)}`);
    return [name.toLowerCase(), value] as const;
  });
}

function body(text: string, at: number, headers: ReadAnswer["headers"], closed: boolean) {
  const value = (name: string) => headers.find(([known]) => known === name)?.[1];
  if (value("transfer-encoding") === "chunked") return chunks(text, at, closed);
  const length = value("content-length");
  if (length === undefined)
    return closed ? { body: text.slice(at), next: text.length, trailers: [], cut: false } : undefined;
  const next = at + Number(length);
  const cut = text.length < next;
  return cut && !closed ? undefined : { body: text.slice(at, next), next, trailers: [], cut };
}

function chunks(text: string, start: number, closed: boolean) {
  let whole = "";
  let at = start;
  const cut = { next: text.length, trailers: [], cut: true };
  for (;;) {
    const line = text.indexOf("\r\n", at);
    if (line < 0) return closed ? { ...cut, body: whole } : undefined;
    const size = Number.parseInt(text.slice(at, line), 16);
    if (Number.isNaN(size)) throw new Error(`no chunk: ${JSON.stringify(text.slice(at, line))}`);
    if (size === 0) {
      const end = text.startsWith("\r\n", line + 2) ? line + 2 : text.indexOf("\r\n\r\n", line + 2) + 2;
      if (end < line + 2) return closed ? { ...cut, body: whole } : undefined;
      const lines = text
        .slice(line + 2, end)
        .split("\r\n")
        .filter(Boolean);
      return { body: whole, next: end + 2, trailers: fields(lines), cut: false };
    }
    const next = line + 2 + size + 2;
    whole += text.slice(line + 2, Math.min(next - 2, text.length));
    if (text.length < next) return closed ? { ...cut, body: whole } : undefined;
    at = next;
  }
}
