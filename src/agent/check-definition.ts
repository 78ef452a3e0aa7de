import { badRequest, type MicroError } from "../core/errors.js";
import { Fields } from "./fields.js";
import {
  type CheckDefinition,
  type CheckProbe,
  limits,
  type ServiceDefinition,
  type Status,
} from "./model.js";

/** The identity of a check, known before its other members are read. */
type CheckName = Pick<CheckDefinition, "id" | "name" | "serviceId">;

/** Reads `Check` and `Checks` of a service. Their ids are `service:ID`, with a number appended if there are several. */
export function readOwnChecks(fields: Fields, service: ServiceDefinition): readonly CheckDefinition[] {
  const own = fields.object("Check");
  const all = [...(own ? [own] : []), ...fields.list("Checks")].map(asFields).filter((check) => !check.empty);
  if (all.length > 64) throw refused("Invalid check: more than 64 checks of one service");
  return all.map((check, at) =>
    readCheck(check, {
      id: check.text("CheckID") || `service:${service.id}${all.length > 1 ? `:${at + 1}` : ""}`,
      name: check.text("Name") || `Service '${service.name}' check`,
      serviceId: service.id,
    }),
  );
}

/** Reads the members that every check has. @throws {MicroError} 400 with Consul's text. */
export function readCheck(fields: Fields, name: CheckName): CheckDefinition {
  const probe = readProbe(fields);
  for (const text of [name.id, name.name])
    if (text.length > limits.name || text.includes("\0"))
      throw refused(`Invalid check: name longer than ${limits.name} characters, or with NUL`);
  return {
    ...name,
    notes: fields.text("Notes").slice(0, limits.output),
    status: readStatus(fields),
    probe,
    deregisterAfter: Math.max(0, fields.duration("DeregisterCriticalServiceAfter")),
  };
}

function readStatus(fields: Fields): Status {
  const status = fields.text("Status") || "critical";
  if (status === "passing" || status === "warning" || status === "critical") return status;
  throw refused("Status for checks must 'passing', 'warning', 'critical'");
}

/** Kinds of checks that this agent does not run. */
const unsupported = [
  "Args",
  "ScriptArgs",
  "Script",
  "GRPC",
  "DockerContainerID",
  "AliasService",
  "AliasNode",
];

/** Longest interval in milliseconds: a day, which timers can handle. */
const longest = 86_400_000;

function readProbe(fields: Fields): CheckProbe {
  for (const member of unsupported)
    if (fields.value(member) !== undefined)
      throw refused(`Invalid check: ${member} checks are not run by this agent; use TTL, HTTP or TCP`);
  if (fields.flag("TLSSkipVerify")) throw refused("Invalid check: TLSSkipVerify is not supported");
  const [ttl, interval] = [fields.duration("TTL"), fields.duration("Interval")];
  const [url, address] = [fields.text("HTTP"), fields.text("TCP")];
  if (interval > 0 && ttl > 0) throw refused("Invalid check: Interval and TTL cannot both be specified");
  if (url === "" && address === "") {
    if (ttl <= 0) throw refused("Invalid check: TTL must be > 0 for TTL checks");
    return { type: "ttl", ttl };
  }
  if (interval <= 0) throw refused("Invalid check: Interval must be > 0 for Script, HTTP, or TCP checks");
  const times = {
    interval: Math.min(Math.max(1000, interval), longest),
    timeout: Math.min(fields.duration("Timeout") || 10_000, longest),
  };
  if (url === "") return { type: "tcp", address, ...times };
  return { type: "http", url: httpUrl(url), ...request(fields), ...times };
}

function request(fields: Fields) {
  const method = fields.text("Method") || "GET";
  if (!/^[A-Z]{1,16}$/.test(method)) throw refused("Invalid check: Method is not a method");
  const header = Object.entries(fields.object("Header") ?? {});
  const listed = header.every(([name, values]) => token.test(name) && isTexts(values));
  if (header.length > 64 || !listed) throw refused("Invalid check: Header must map names to lists of texts");
  return { method, body: fields.text("Body"), header: Object.fromEntries(header) };
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

function isTexts(values: unknown): boolean {
  return (
    Array.isArray(values) && values.every((value) => typeof value === "string" && !/[\r\n\0]/.test(value))
  );
}

function httpUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw refused(`Invalid check: HTTP "${text}" is not an http or https URL`);
  return text;
}

function asFields(value: unknown): Fields {
  return new Fields(typeof value === "object" && value !== null ? value : {});
}

function refused(detail: string): MicroError {
  return badRequest("go.micro.agent", detail);
}
