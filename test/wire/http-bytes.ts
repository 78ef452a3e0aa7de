/** One HTTP message of a recording, or of a scripted peer. */
export interface HttpMessage {
  /** First line. */
  readonly start: string;
  /** Names in lower case, values as UTF-8. */
  readonly header: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** All of it, as it was on the wire. */
  readonly bytes: Buffer;
}

/** The complete messages at the start of `bytes`; what is cut is left out. */
export function parseMessages(bytes: Buffer): HttpMessage[] {
  const messages: HttpMessage[] = [];
  let rest = bytes;
  for (let message = parseMessage(rest); message; message = parseMessage(rest)) {
    messages.push(message);
    rest = rest.subarray(message.bytes.length);
  }
  return messages;
}

function parseMessage(bytes: Buffer): HttpMessage | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [start = "", ...lines] = bytes.toString("utf8", 0, end).split("\r\n");
  const header = Object.fromEntries(lines.map(parseLine));
  const rest = bytes.subarray(end + 4);
  const found =
    header["transfer-encoding"] === "chunked" ? chunked(rest) : sized(rest, header["content-length"]);
  if (!found) return undefined;
  return { start, header, body: found.body, bytes: bytes.subarray(0, end + 4 + found.length) };
}

function parseLine(line: string): [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

function sized(bytes: Buffer, length = "0"): { body: Buffer; length: number } | undefined {
  const size = Number(length);
  return bytes.length < size ? undefined : { body: bytes.subarray(0, size), length: size };
}

function chunked(bytes: Buffer): { body: Buffer; length: number } | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (bytes.length < next) return undefined;
    if (size === 0) return { body: Buffer.concat(chunks), length: next };
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
}
