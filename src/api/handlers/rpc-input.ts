import { badRequest } from "../../core/errors.js";
import type { Endpoint, Value } from "../../core/service.js";
import { parseJson, stringifyJson } from "../../core/text/json.js";
import type { PathParams } from "../../core/text/route-pattern.js";
import { utf8 } from "../../http/body/body.js";
import { isFormType } from "../../http/message/content-type.js";
import { type Form, parseForm } from "../../http/message/form.js";

const id = "go.micro.api";

/** The parts of a request to a method's route. */
export interface RpcInput {
  readonly params: PathParams;
  readonly query: string;
  readonly contentType: string | undefined;
  readonly body: Buffer;
  readonly endpoint: Endpoint | undefined;
}

/**
 * Builds the JSON request of a method from the body, overridden by the query, overridden by path parameters. Text is
 * converted to the type that the endpoint declares. A body alone is passed on byte for byte.
 * @throws {MicroError} 400 for text that does not match its type, or a body that is not an object but has to be one.
 */
export function rpcInput({ params, query, contentType, body, endpoint }: RpcInput): Buffer {
  const asked = parseForm(query, id);
  const form = contentType !== undefined && isFormType(contentType);
  if (params.size === 0 && asked.size === 0 && !form) return body.length > 0 ? body : Buffer.from("{}");
  const request: Record<string, unknown> = form ? {} : objectOf(body);
  const fields = endpoint?.request?.values ?? [];
  if (form) merge(request, parseForm(utf8(body, id), id), fields);
  merge(request, asked, fields);
  merge(request, new Map([...params].map(([name, value]) => [name, [value]])), fields);
  return Buffer.from(stringifyJson(request));
}

function objectOf(body: Buffer): Record<string, unknown> {
  const value = body.length === 0 ? {} : parseJson(utf8(body, id));
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return Object.assign(Object.create(null), value);
  throw badRequest(id, "request body: must be a JSON object here");
}

function merge(request: Record<string, unknown>, values: Form, fields: readonly Value[]): void {
  for (const [name, texts] of values) {
    if (name === "__proto__") continue;
    const type = typeOf(name, fields);
    const list = type.startsWith("[]");
    const read = texts.map((text) => typed(name, text, list ? type.slice(2) : type));
    request[name] = list || read.length > 1 ? read : read[0];
  }
}

/** The declared type of a field. Ignores case and underscores, as Go does. */
function typeOf(name: string, fields: readonly Value[]): string {
  const plain = (text: string) => text.replaceAll("_", "").toLowerCase();
  const field =
    fields.find((candidate) => candidate.name === name) ?? fields.find((f) => plain(f.name) === plain(name));
  return field?.type ?? "string";
}

function typed(name: string, text: string, type: string): unknown {
  if (type === "bool" && /^(true|false)$/.test(text)) return text === "true";
  if (/^u?int\d*$/.test(type) && /^-?\d{1,20}$/.test(text)) return parseJson(String(BigInt(text)));
  if (/^float\d*$/.test(type) && text.trim() !== "" && Number.isFinite(Number(text))) return Number(text);
  if (/^(bool|u?int\d*|float\d*)$/.test(type)) throw badRequest(id, `field "${name}": not of type ${type}`);
  return text;
}
