/** Returns the members that have a value: one that is undefined would hide that of another object in a spread. */
export function withoutUndefined<Members extends object>(members: Members): Partial<Members> {
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Partial<Members>;
}
