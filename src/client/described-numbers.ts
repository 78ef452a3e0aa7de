import type { Value } from "../core/service.js";
import { wireEndpoints } from "../core/text/field-names.js";
import type { Catalog } from "../registry/catalog/catalog.js";

/**
 * A response with numbers where all versions of the service say that their numbers are floats: a whole one beyond 2^53 is
 * read as `bigint`, because without a type nobody can tell it from a 64-bit id. Changes what it is given.
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
  const [first, ...others] = endpoints
    .filter(({ name, metadata }) => name === method && metadata.subscriber === undefined)
    .map(({ response }) => response);
  return first ? described(value, [first, ...others]) : value;
}

/** What each version says of a value; nothing for a version that does not. */
type Descriptions = readonly [Value, ...(Value | null | undefined)[]];

function described(value: unknown, types: Descriptions): unknown {
  const [first, ...others] = types;
  if (typeof value === "bigint") return types.every(isFloat) ? Number(value) : value;
  if (Array.isArray(value)) {
    const element = elementOf(first);
    const elements = element && ([element, ...others.map((type) => type && elementOf(type))] as const);
    if (elements) for (const [i, each] of value.entries()) value[i] = described(each, elements);
  } else if (typeof value === "object" && value !== null) {
    const members = value as Record<string, unknown>;
    for (const field of first.values)
      if (Object.hasOwn(members, field.name)) {
        const fields = others.map((type) => type?.values.find(({ name }) => name === field.name));
        members[field.name] = described(members[field.name], [field, ...fields]);
      }
  }
  return value;
}

function isFloat(type: Value | null | undefined): boolean {
  return type !== null && type !== undefined && /^float(32|64)$/.test(type.type);
}

/** Lists of plain values have a child that repeats their type; lists of objects have that, or the fields themselves. */
function elementOf({ name, type, values }: Value): Value | undefined {
  if (!type.startsWith("[]")) return undefined;
  const item = type.slice(2);
  const [first] = values;
  return values.length === 1 && first?.type === item ? first : { name, type: item, values };
}
