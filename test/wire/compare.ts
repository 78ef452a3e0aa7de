import type { HttpMessage } from "./http-bytes.js";
import { formOf, isMucp, type Reading, readMessage } from "./reading.js";

/** What the Go runtime words differently in each version, and we in our own way: that there is an error counts. */
const ofRuntime =
  /^(rpc: |json: |invalid character|unexpected EOF|EOF$|unknown field|proto: |bad wiretype|read |\{"id":"go\.micro\.server")/;

/** How our reply differs from the recorded one, in what the facts say that peers look at; nothing when it does not. */
export function compareReplies(
  request: HttpMessage,
  recorded: HttpMessage,
  ours: HttpMessage,
): string | undefined {
  if (!ours.start.startsWith("HTTP/1.1 200")) return `status: ${ours.start}`;
  const contentType = recorded.header["content-type"] ?? "";
  if (ours.header["content-type"] !== contentType) return `content type: ${ours.header["content-type"]}`;
  if (contentType === "text/plain") return different("text", recorded.body.toString(), ours.body.toString());
  const mucp = isMucp(request);
  const form = formOf(contentType, mucp);
  const [expected, actual] = [readMessage(recorded, form), readMessage(ours, form)];
  return differentReply(expected, actual) ?? differentId(request, { recorded: expected, ours: actual, form });
}

function differentReply(expected: Reading, actual: Reading): string | undefined {
  if (expected.error === "" || actual.error === "") {
    const error = different("error", expected.error, actual.error);
    return error ?? differentBody(expected.body, actual.body);
  }
  if (ofRuntime.test(expected.error)) return undefined;
  return different("error", unescaped(expected.error), actual.error);
}

/** Ids are echoed as they came: that is what 2016 does, and what a 1.7 caller accepts too. */
function differentId(
  request: HttpMessage,
  { recorded, ours, form }: { recorded: Reading; ours: Reading; form: ReturnType<typeof formOf> },
): string | undefined {
  if (form !== "json-rpc" && form !== "proto-rpc") return different("id", recorded.id, ours.id);
  try {
    const { id } = readMessage(request, form);
    const sent = id === "" && form === "json-rpc" ? "null" : id;
    return recorded.error === "" ? different("id", sent, ours.id) : undefined;
  } catch {
    return undefined;
  }
}

function differentBody(expected: string, actual: string): string | undefined {
  if (/deadline_in|Content-Length/.test(expected)) return differentMetadata(expected, actual);
  return different("body", unescaped(expected), actual);
}

/** `Say.Meta` shows what it sees: what the caller set has to be there; the rest is of the implementation. */
function differentMetadata(expected: string, actual: string): string | undefined {
  const read = (body: string) => {
    const { msg } = JSON.parse(body) as { msg: string };
    return JSON.parse(msg.slice(msg.indexOf("{"))) as Record<string, string>;
  };
  const [sent, seen] = [read(expected), read(actual)];
  const names = Object.keys(sent).filter((name) => /^(X-(?!Micro-)|Upper)/.test(name));
  return names.map((name) => different(name, sent[name] ?? "", seen[name] ?? "")).find((found) => found);
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
