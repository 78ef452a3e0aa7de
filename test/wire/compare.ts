import type { HttpMessage } from "./http-bytes.js";
import { formOf, isMucp, type Reading, readMessage } from "./reading.js";

/** What the Go runtime words differently in each version, and we in our own way: that there is an error counts. */
const ofRuntime =
  /^(rpc: |json: |invalid character|unexpected EOF|EOF$|unknown field|proto: |bad wiretype|read |\{"id":"go\.micro\.server")/;

/**
 * How our reply to one of the messages of a connection differs from the recorded one, in what the facts say that peers
 * look at; nothing when it does not.
 */
export function compareReplies(
  sent: readonly HttpMessage[],
  recorded: HttpMessage,
  ours: HttpMessage,
): string | undefined {
  const [request] = sent;
  if (!request) return "no request";
  if (!ours.start.startsWith("HTTP/1.1 200")) return `status: ${ours.start}`;
  const contentType = recorded.header["content-type"] ?? "";
  if (ours.header["content-type"] !== contentType) return `content type: ${ours.header["content-type"]}`;
  if (contentType === "text/plain") return different("text", recorded.body.toString(), ours.body.toString());
  const mucp = isMucp(request);
  const form = formOf(contentType, mucp);
  const [expected, actual] = [readMessage(recorded, form), readMessage(ours, form)];
  const method = methodOf(request, mucp);
  if (method === "Debug.Stats") return differentShape(expected.body, actual.body);
  if (method === "Debug.Health" && isDegraded(actual.body)) return undefined;
  return differentReply(expected, actual) ?? differentId(sent, { recorded: expected, ours: actual, form });
}

function methodOf(request: HttpMessage, mucp: boolean): string {
  try {
    return readMessage(request, formOf(request.header["content-type"] ?? "", mucp)).method;
  } catch {
    return "";
  }
}

/** What a node on a busy machine says, where the recorded one said `ok`. */
function isDegraded(body: string): boolean {
  return body === '{"status":"degraded"}' || body === `0a08${Buffer.from("degraded").toString("hex")}`;
}

/** Statistics are of the moment: the same fields have to be there, but for those that are zero. */
function differentShape(expected: string, actual: string): string | undefined {
  const known = fieldsOf(expected);
  const strange = fieldsOf(actual).filter((field) => !known.includes(field));
  return strange.length === 0 ? undefined : `fields: ${strange.join()}`;
}

/** Names in JSON, tags of varints in protobuf. */
function fieldsOf(body: string): string[] {
  if (body.startsWith("{")) return Object.keys(JSON.parse(body) as object);
  const bytes = [...Buffer.from(body, "hex")];
  const starts = bytes.filter((_, i) => i === 0 || (bytes[i - 1] ?? 0) < 0x80);
  return starts.filter((_, i) => i % 2 === 0).map(String);
}

function differentReply(expected: Reading, actual: Reading): string | undefined {
  if (expected.error === "" || actual.error === "") {
    const error = different("error", expected.error, actual.error);
    return error ?? differentBody(expected.body, actual.body);
  }
  if (ofRuntime.test(expected.error)) return undefined;
  return different("error", unescaped(expected.error), actual.error);
}

/** Ids are echoed as they came: that is what 2016 does; 1.7 makes strings of them, and accepts any. */
function differentId(
  sent: readonly HttpMessage[],
  { recorded, ours, form }: { recorded: Reading; ours: Reading; form: ReturnType<typeof formOf> },
): string | undefined {
  if (form !== "json-rpc" && form !== "proto-rpc") return different("id", recorded.id, ours.id);
  if (recorded.error !== "" || recorded.id === ours.id) return undefined;
  const ids = sent.map((message) => readMessage(message, form).id || "null");
  return ids.includes(ours.id) ? undefined : `id: "${ids}" is "${ours.id}" here`;
}

function differentBody(expected: string, actual: string): string | undefined {
  const text = /^[0-9a-f]*$/.test(expected) ? Buffer.from(expected, "hex").toString() : expected;
  if (/deadline_in|Content-Length/.test(text)) return differentMetadata(expected, actual);
  return different("body", unescaped(expected), actual);
}

/** `Say.Meta` shows what it sees: what the caller set has to be there; the rest is of the implementation. */
function differentMetadata(expected: string, actual: string): string | undefined {
  const [sent, seen] = [metadataIn(expected), metadataIn(actual)];
  const names = Object.keys(sent).filter((name) => /^(X-(?!Micro-)|Upper)/.test(name));
  return names.map((name) => different(name, sent[name] ?? "", seen[name] ?? "")).find((found) => found);
}

function metadataIn(body: string): Record<string, string> {
  const text = /^[0-9a-f]*$/.test(body)
    ? Buffer.from(body, "hex").toString()
    : (JSON.parse(body) as { msg: string }).msg;
  return JSON.parse(text.slice(text.indexOf("{"))) as Record<string, string>;
}

/** Go writes some characters of JSON strings as escapes. */
function unescaped(text: string): string {
  return text.replace(/\\u(003c|003e|0026)/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function different(what: string, expected: string, actual: string): string | undefined {
  return expected === actual ? undefined : `${what}: "${expected}" is "${actual}" here`;
}

/** How our request differs from the recorded one, in what servers look at. */
export function compareRequests(recorded: HttpMessage, ours: HttpMessage): string | undefined {
  if (ours.start !== "POST / HTTP/1.1") return `start: ${ours.start}`;
  if (!/^\d+$/.test(ours.header.timeout ?? "0")) return `timeout: ${ours.header.timeout}`;
  const [theirs, own] = [recorded, ours].map(({ header }) => header["content-type"] ?? "");
  if (twin(theirs ?? "") !== twin(own ?? "")) return `content type: "${theirs}" is "${own}" here`;
  const mucp = isMucp(ours);
  const expected = readMessage(recorded, formOf(theirs ?? "", isMucp(recorded) && mucp));
  const actual = readMessage(ours, formOf(own ?? "", mucp));
  return (
    different("method", expected.method, actual.method) ??
    different("body", expected.body, actual.body) ??
    (mucp
      ? different("service", recorded.header["micro-service"] ?? "", ours.header["micro-service"] ?? "")
      : undefined) ??
    (actual.id !== "" && !/^(\d+|[0-9a-f]{16})$/.test(actual.id) ? `id: ${actual.id}` : undefined)
  );
}

/** Towards a 2016 server the two names mean the same. */
function twin(contentType: string): string {
  if (contentType === "application/json-rpc") return "application/json";
  return /^application\/(proto-rpc|octet-stream)$/.test(contentType) ? "application/protobuf" : contentType;
}
