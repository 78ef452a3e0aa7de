/** Returns the members that are not undefined: in a spread, an undefined one would override that of another object. */
export function withoutUndefined<Members extends object>(members: Members): Partial<Members> {
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Partial<Members>;
}
