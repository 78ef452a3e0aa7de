import { fields } from "../parse.js";
import { repeat } from "./blocking.js";
import type { ConsulClient } from "./client.js";
import { critical, watchOf } from "./requests.js";

/** Has the services be asked next whose checks fail from now on, or no longer, until `signal` aborts. */
export function watchFailing(client: ConsulClient, signal: AbortSignal): Promise<void> {
  let before = new Map<string, string>();
  const take = ({ body }: { body: unknown }) => {
    const now = failing(body);
    for (const check of new Set([...before.keys(), ...now.keys()])) {
      const service = now.get(check) ?? before.get(check);
      if (service !== undefined && before.has(check) !== now.has(check)) client.hasten(watchOf(service));
    }
    before = now;
  };
  return repeat(client, { what: "watch failing checks", leads: true, request: critical, take }, signal);
}

/** The services whose checks fail, by node and check. */
function failing(body: unknown): Map<string, string> {
  const checks = (Array.isArray(body) ? body : []).map(fields);
  return new Map(checks.map((check) => [`${check.Node} ${check.CheckID}`, String(check.ServiceName ?? "")]));
}
