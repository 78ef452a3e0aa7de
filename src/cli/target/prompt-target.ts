import type { Endpoint, Value } from "../../core/service.js";
import { wireEndpoints } from "../../core/text/field-names.js";
import { stringifyJson } from "../../core/text/json.js";
import { shellQuote } from "../../core/text/shell-quote.js";
import { CliError } from "../errors.js";
import type { Terminal } from "../output/terminal.js";
import { ask, choose } from "../request/prompt.js";
import { define, typed } from "../request/request-fields.js";
import { sanitise } from "../sanitise.js";
import { standardError } from "../stderr-stream.js";
import type { Lookup } from "./lookup.js";
import { getService } from "./resolve.js";
import type { Target } from "./target.js";

/** Asks the user to choose a service. */
export function chooseService(services: readonly string[], talk: Terminal): Promise<string> {
  return choose("Which service?", services, talk);
}

/** Guides the user to a request: asks for service, method and fields, then prints the equivalent command. */
export async function promptTarget(lookup: Lookup, talk: Terminal): Promise<Target> {
  const all = await lookup.registry.listServices({ signal: lookup.signal });
  const names = all.map(({ name }) => name).filter((name) => !name.startsWith("topic:"));
  if (names.length === 0)
    throw new CliError("SERVICE_NOT_FOUND", `no services (${lookup.registryLabel})`, {
      hint: "micro dev --example greeter",
    });
  const service = await choose("Which service?", names.sort(), talk);
  const endpoints = (await getService(service, lookup)).flatMap(wireEndpoints);
  const methods = [...new Set(endpoints.map(({ name }) => name))].sort();
  const method =
    methods.length === 0 ? await ask("Which method?", talk) : await choose("Which method?", methods, talk);
  const request = await fields(
    endpoints.find(({ name }) => name === method),
    talk,
  );
  const body = stringifyJson(request);
  const words = [service, method, body].map(shellQuote);
  standardError().write(`${sanitise(`micro query ${words.join(" ")}`)}\n`);
  return { service, method, body };
}

async function fields(endpoint: Endpoint | undefined, talk: Terminal): Promise<Record<string, unknown>> {
  const request: Record<string, unknown> = {};
  for (const value of endpoint?.request?.values ?? []) {
    const { name } = value;
    const text = await ask(`${name} (${value.type})`, talk, (input) => complaint(input, value, name));
    if (text !== "") define(request, name, typed(text, value, name));
  }
  return request;
}

/** Returns what is wrong with a value. An empty one leaves the field out. */
function complaint(text: string, value: Value, name: string): string | undefined {
  if (text === "") return undefined;
  try {
    typed(text, value, name);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
