import type { Value } from "../core/service.js";
import { wireEndpoints } from "../core/text/field-names.js";
import type { Catalog } from "../registry/catalog/catalog.js";

/**
 * A response with numbers where the service says that its numbers are floats: a whole one beyond 2^53 is read as
 * `bigint`, because without a type nobody can tell it from a 64-bit id. Changes what it is given.
 */
export function withDescribedNumbers(
  value: unknown,
  {
    catalog,
    service,
    method,
  }: { readonly catalog: Catalog; readonly service: string; readonly method: string },
): unknown {
  const endpoints = (catalog.services(service) ?? []).flatMap(wireEndpoints);
  const response = endpoints.find(({ name }) => name === method)?.response;
  return response ? described(value, response) : value;
}

function described(value: unknown, type: Value): unknown {
  if (typeof value === "bigint") return /^float(32|64)$/.test(type.type) ? Number(value) : value;
  if (Array.isArray(value)) {
    const element = elementOf(type);
    if (element) for (const [i, each] of value.entries()) value[i] = described(each, element);
  } else if (typeof value === "object" && value !== null) {
    const members = value as Record<string, unknown>;
    for (const field of type.values)
      if (Object.hasOwn(members, field.name)) members[field.name] = described(members[field.name], field);
  }
  return value;
}

/** Lists of plain values have a child that repeats their type; lists of objects have that, or the fields themselves. */
function elementOf({ name, type, values }: Value): Value | undefined {
  if (!type.startsWith("[]")) return undefined;
  const item = type.slice(2);
  const [first] = values;
  return values.length === 1 && first?.type === item ? first : { name, type: item, values };
}
