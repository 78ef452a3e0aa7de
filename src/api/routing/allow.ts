/** Tells whether a name matches one of `globs`, in which `*` stands for any text; all names do when there are none. */
export function allowed(globs: readonly string[]): (name: string) => boolean {
  if (globs.length === 0) return () => true;
  const split = globs.map((glob) => glob.split("*"));
  return (name) => split.some((parts) => matches(name, parts));
}

/** Takes the first place for each part: linear in the name. */
function matches(name: string, parts: readonly string[]): boolean {
  const [first = "", ...rest] = parts;
  if (rest.length === 0) return name === first;
  const last = rest.pop() ?? "";
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
