import type { Endpoint, Service } from "../../core/service.js";
import { wireEndpoints } from "../../core/text/field-names.js";
import { type ValueSchema, valueSchema } from "../../core/text/value-schema.js";

/**
 * Returns the source of a typed client for a service, from what is registered. The same service always gives the same
 * bytes.
 */
export function clientSource(service: Service): string {
  const { name, version } = service;
  const named = new Names();
  const methods = wireEndpoints(service)
    .filter(({ metadata }) => metadata.subscriber !== "true")
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((endpoint) => ({ endpoint, type: named.take(pascal(endpoint.name)) }));
  const types = methods.map(({ endpoint, type }) => typesOf(endpoint, type)).join("\n");
  const streams = methods.some(({ endpoint }) => isStream(endpoint));
  return `// Made by "micro gen client" from ${text(name)} ${text(version)}: run it again instead of changing this.
import type { CallOptions, Client${streams ? ", Stream" : ""} } from "micro-toolkit";

${types}
/** Calls the service ${comment(name)}. */
export class ${named.take(`${pascal(name.split(".").at(-1) ?? name)}Client`)} {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }
${methods.map(({ endpoint, type }) => method(name, endpoint, type)).join("")}}
`;
}

function typesOf({ request, response }: Endpoint, type: string): string {
  const declared = (suffix: string, schema: ValueSchema) =>
    `export type ${type}${suffix} = ${typescript(schema, 0)};\n`;
  return `${declared("Request", valueSchema(request))}${declared("Response", valueSchema(response))}`;
}

function method(service: string, endpoint: Endpoint, type: string): string {
  const name = `${type.slice(0, 1).toLowerCase()}${type.slice(1)}`;
  const target = `${text(service)}, ${text(endpoint.name)}`;
  if (isStream(endpoint))
    return `
  /** Opens a stream to ${comment(endpoint.name)}; it takes \`${type}Request\`. */
  ${name}(options?: CallOptions): Promise<Stream<${type}Response>> {
    return this.#client.stream<${type}Response>(${target}, options);
  }
`;
  return `
  /** Calls ${comment(endpoint.name)}. */
  ${name}(request: ${type}Request, options?: CallOptions): Promise<${type}Response> {
    return this.#client.call<${type}Response>(${target}, request, options);
  }
`;
}

function isStream({ metadata }: Endpoint): boolean {
  return metadata.stream === "true";
}

function typescript(schema: ValueSchema, depth: number): string {
  if (schema.type === "array") return `${typescript(schema.items ?? {}, depth)}[]`;
  if (schema.type === "integer") return "(number | bigint)";
  if (schema.type === "object") return objectType(schema, depth);
  return { string: "string", number: "number", boolean: "boolean" }[schema.type ?? ""] ?? "unknown";
}

function objectType({ properties = {} }: ValueSchema, depth: number): string {
  const fields = Object.entries(properties);
  if (fields.length === 0) return "Record<string, unknown>";
  const indent = "  ".repeat(depth + 1);
  const lines = fields.map(([name, schema]) => `${indent}${key(name)}?: ${typescript(schema, depth + 1)};\n`);
  return `{\n${lines.join("")}${"  ".repeat(depth)}}`;
}

function key(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : text(name);
}

/** Returns a string literal for untrusted text: nothing in it can end the literal or the line. */
function text(value: string): string {
  return JSON.stringify(value).replace(/[\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16)}`);
}

/** Does the same for text inside a comment. */
function comment(value: string): string {
  return text(value).replaceAll("*/", "*\\/");
}

function pascal(name: string): string {
  const words = name.match(/[A-Za-z0-9]+/g) ?? ["Service"];
  const joined = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
  return /^\d/.test(joined) ? `_${joined}` : joined.slice(0, 100);
}

/** Types that the generated source uses, and names of methods that JavaScript calls implicitly. */
const reserved = ["Client", "CallOptions", "Stream", "Record", "Promise"];
const calledBySelf = ["Constructor", "Then", "ToJSON", "ToString", "ValueOf"];

/** Hands out unique identifiers. */
class Names {
  readonly #taken = new Set<string>([...reserved, ...calledBySelf]);

  take(wanted: string): string {
    let name = wanted;
    for (let number = 2; this.#taken.has(name); number++) name = `${wanted}${number}`;
    this.#taken.add(name);
    return name;
  }
}
