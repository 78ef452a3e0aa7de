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
    for (; rest.length > longest; rest = rest.slice(longest)) yield rest.slice(0, longest);
  }
  if (rest !== "") yield* parts(rest.replace(/\r$/, ""));
}

function* parts(line: string): Generator<string> {
  if (line.length <= longest) return yield line;
  for (let at = 0; at < line.length; at += longest) yield line.slice(at, at + longest);
}
