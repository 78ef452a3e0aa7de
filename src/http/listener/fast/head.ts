import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import { memoByName } from "../../../core/metadata.js";
import type { RequestHead } from "../../message/request-head.js";

/** The head of a request, and the position of its body. */
export interface FastHead extends RequestHead {
  readonly method: string;
  readonly url: string;
  /** Size of the body, in bytes, and its position. */
  readonly length: number;
  readonly bodyAt: number;
}

const most = 64;
const requestLine = /^(GET|POST|PUT|PATCH|DELETE) (\/[\w~!$&'()*+,;=:@./?%-]*) HTTP\/1\.1$/;
const name = /^[A-Za-z0-9-]{1,64}$/;
const value = /^[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?$/;
/** Headers that change how a message is read, that browsers send, or that Node treats specially. */
const special =
  /^(?:transfer-encoding|upgrade|expect|te|trailer|keep-alive|proxy-.*|http2-settings|content-encoding|set-cookie|origin|sec-.*)$/;

/**
 * Parses the head of a request in a strict subset of HTTP/1.1. Returns undefined for anything else, which is left to
 * Node's parser. The subset:
 *
 * - `GET`, `POST`, `PUT`, `PATCH` or `DELETE`, one space, a path (and query) of the characters of `requestLine`, one
 *   space, `HTTP/1.1`. Lines end with CR LF; no line is empty before the first.
 * - up to 64 headers `Name: value`: names of letters, digits and hyphens, none of them twice; one space after the colon;
 *   values of visible characters, with spaces and tabs only inside.
 * - none of the headers of `special`; `Connection` only as `keep-alive`; a `Content-Length` of up to nine digits, or no
 *   body; one `Host`.
 *
 * `test/http/listener/fast/head.test.ts` compares it with Node's parser.
 */
export function readFastHead(bytes: Buffer, socket: Socket): FastHead | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const text = bytes.toString("latin1", 0, end);
  let at = text.indexOf("\r\n");
  if (at < 0) return undefined;
  const line = requestLine.exec(text.slice(0, at));
  if (!line) return undefined;
  const headers: IncomingHttpHeaders = {};
  const rawHeaders: string[] = [];
  while (at < end) {
    const colon = text.indexOf(": ", at + 2);
    const next = text.indexOf("\r\n", at + 2);
    const stop = next < 0 ? end : next;
    if (colon < 0 || colon > stop || rawHeaders.length >= 2 * most) return undefined;
    const sent = text.slice(at + 2, colon);
    const read = text.slice(colon + 2, stop);
    const lower = lowerCase(sent);
    if (lower === "" || headers[lower] !== undefined || !value.test(read)) return undefined;
    headers[lower] = read;
    rawHeaders.push(sent, read);
    at = stop;
  }
  const length = lengthOf(headers);
  if (length === undefined) return undefined;
  const [, method = "", url = ""] = line;
  return { method, url, headers, rawHeaders, socket, length, bodyAt: end + 4 };
}

/** The length of the body. Undefined if the request is left to Node. */
function lengthOf({
  host,
  connection,
  "content-length": length = "0",
}: IncomingHttpHeaders): number | undefined {
  if (host === undefined || !/^\d{1,9}$/.test(length)) return undefined;
  if (connection !== undefined && !/^keep-alive$/i.test(connection)) return undefined;
  return Number(length);
}

/** The name of a header in lower case. Empty for one that is not in the subset. */
const lowerCase = memoByName((sent) => {
  const lower = sent.toLowerCase();
  return name.test(sent) && !special.test(lower) ? lower : "";
});
