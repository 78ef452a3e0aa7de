import type { Readable } from "node:stream";

/** Longest line in characters. A longer one is passed on in parts. */
export const longest = 65_536;

/** Yields the lines of a program's output. Reads no more of it until the last line has been taken. */
export async function* outputLines(stream: Readable): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.setEncoding("utf8")) {
    // a carriage return at the end may be the first half of a line break
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const line of lines) yield* parts(line);
    while (rest.length > longest) {
      const part = firstPart(rest);
      yield part;
      rest = rest.slice(part.length);
    }
  }
  if (rest !== "") yield* parts(rest.replace(/\r$/, ""));
}

function* parts(line: string): Generator<string> {
  let rest = line;
  do {
    const part = firstPart(rest);
    yield part;
    rest = rest.slice(part.length);
  } while (rest !== "");
}

/** Does not cut a character of two code units. */
function firstPart(text: string): string {
  if (text.length <= longest) return text;
  const last = text.charCodeAt(longest - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? longest - 1 : longest);
}
