/** A string of valid JSON, with the colon that makes it a key, or a brace outside of strings. */
const tokens = /"((?:[^"\\]|\\.)*)"(\s*:)?|[{}]/g;

/** Finds a key that an object in valid JSON has twice: `JSON.parse` takes the last one silently. */
export function duplicateKey(json: string): { readonly key: string; readonly line: number } | undefined {
  const objects: Set<string>[] = [];
  for (const { 0: token, 1: text, 2: colon, index } of json.matchAll(tokens)) {
    if (token === "{") objects.push(new Set());
    else if (token === "}") objects.pop();
    if (colon === undefined) continue;
    const key: string = JSON.parse(`"${text}"`);
    const keys = objects.at(-1);
    if (keys?.has(key)) return { key, line: json.slice(0, index).split("\n").length };
    keys?.add(key);
  }
  return undefined;
}
