import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Answer } from "./answer.js";
import type { RequestHead } from "./request-head.js";

const smallest = 1024;
const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

/** Compresses the body of an answer if it is JSON of 1 KiB or more and the client accepts it. */
export function compressed(head: RequestHead, answer: Answer): Answer | Promise<Answer> {
  const { body, headers } = answer;
  if (!body || body.length < smallest || !isJson(headers)) return answer;
  const encoding = encodingFor(head);
  return encoding === undefined ? answer : compress(answer, body, encoding);
}

async function compress(answer: Answer, body: Uint8Array, encoding: "br" | "gzip"): Promise<Answer> {
  const small = encoding === "gzip" ? await zip(body) : await brotli(body, quick);
  const headers = [...answer.headers, "Content-Encoding", encoding, "Vary", "Accept-Encoding"];
  return { status: answer.status, headers, body: small };
}

const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

function isJson(headers: readonly string[]): boolean {
  let type = "";
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i]?.toLowerCase();
    if (name === "content-encoding") return false;
    if (name === "content-type") type = headers[i + 1] ?? "";
  }
  return /^application\/(?:[\w.-]+\+)?json\b/.test(type);
}

/** Source: RFC 9110, 12.5.3; a quality of 0 refuses. */
function encodingFor({ headers }: RequestHead): "br" | "gzip" | undefined {
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
