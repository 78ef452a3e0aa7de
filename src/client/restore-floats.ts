import type { Value } from "../core/service.js";
import { wireEndpoints } from "../core/text/field-names.js";
import type { Catalog } from "../registry/catalog/catalog.js";

/**
 * Converts `bigint`s of a decoded response to `number` where all versions of the service declare a float. Without a
 * type, a whole number beyond 2^53 is decoded as `bigint`, since it may be a 64-bit id. Modifies `value` in place.
 */
export function restoreFloats(
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

/** The declared type of a value in each version. Undefined for a version that does not declare it. */
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

/**
 * The element type of a list. Its description has either one child that repeats the element type, or, for a list of
 * objects, the fields of the object directly.
 */
function elementOf({ name, type, values }: Value): Value | undefined {
  if (!type.startsWith("[]")) return undefined;
  const item = type.slice(2);
  const [first] = values;
  return values.length === 1 && first?.type === item ? first : { name, type: item, values };
}
