import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const smallest = 1024;
const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

/** Ends an answer, its body compressed where the client reads that and it is JSON of some size. */
export async function sendCompressed(
  request: IncomingMessage,
  response: ServerResponse,
  body: Uint8Array,
): Promise<void> {
  const encoding = body.length < smallest || !isJson(response) ? undefined : encodingFor(request);
  if (encoding === undefined) {
    response.setHeader("Content-Length", body.length);
    response.end(body);
    return;
  }
  const small = await compress(body, encoding);
  if (response.destroyed) return;
  response.setHeader("Content-Encoding", encoding);
  response.appendHeader("Vary", "Accept-Encoding");
  response.setHeader("Content-Length", small.length);
  response.end(small);
}

function compress(body: Uint8Array, encoding: "br" | "gzip"): Promise<Buffer> {
  if (encoding === "gzip") return zip(body);
  return brotli(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } });
}

function isJson(response: ServerResponse): boolean {
  if (response.hasHeader("Content-Encoding")) return false;
  return /^application\/(?:[\w.-]+\+)?json\b/.test(String(response.getHeader("Content-Type") ?? ""));
}

/** Source: RFC 9110, 12.5.3; a quality of 0 refuses. */
function encodingFor({ headers }: IncomingMessage): "br" | "gzip" | undefined {
  const accepted = String(headers["accept-encoding"] ?? "");
  const takes = (name: string) =>
    accepted.split(",").some((part) => accepts(part.trim().toLowerCase(), name));
  if (takes("br")) return "br";
  return takes("gzip") ? "gzip" : undefined;
}

function accepts(part: string, name: string): boolean {
  const [coding, quality = ""] = part.split(";", 2).map((text) => text.trim());
  return coding === name && !/^q=0(\.0*)?$/.test(quality);
}
