import type { Endpoint, Service, Value } from "../service.js";

/**
 * Returns the endpoints of a service with the fields of their types named as they are in JSON. A registry stores the
 * names as the service described them: Go programs of 2016 wrote the names of their struct fields (`FullName`), and
 * sent `full_name`. Such a node has no `protocol` in its metadata. All other names are those of the wire already.
 */
export function wireEndpoints({
  endpoints,
  nodes,
}: Pick<Service, "endpoints" | "nodes">): readonly Endpoint[] {
  if (nodes.every(({ metadata }) => metadata.protocol !== undefined)) return endpoints;
  return endpoints.map((endpoint) => ({
    ...endpoint,
    request: endpoint.request && withJsonNames(endpoint.request),
    response: endpoint.response && withJsonNames(endpoint.response),
  }));
}

function withJsonNames(type: Value): Value {
  return {
    ...type,
    values: type.values.map((field) => ({ ...withJsonNames(field), name: jsonName(field.name) })),
  };
}

/** Returns the JSON name for the name of a Go field: `FullName` and `UserIDs` become `full_name` and `user_ids`. */
function jsonName(name: string): string {
  if (!/^\p{Lu}/u.test(name)) return name;
  return name
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, "$1_$2")
    .replace(/(\p{Lu}+)(\p{Lu}(?!s(?!\p{Ll}))\p{Ll})/gu, "$1_$2")
    .toLowerCase();
}
