// Puts the positions of source files in place of those in bundles of tests. Node could do it in the processes of the
// tests (--enable-source-maps), but there it takes a sixth of their time, and here only failures need it.
import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const position = /(?:file:\/\/)?\/[^\s()]*\/node_modules\/\.tests-[^\s()]*?\.mjs:\d+:\d+/g;
const maps = new Map();

function mapOf(bundle) {
  if (!maps.has(bundle)) maps.set(bundle, new SourceMap(JSON.parse(readFileSync(`${bundle}.map`, "utf8"))));
  return maps.get(bundle);
}

/** Returns where line and column of a bundle are in a source file, counted from 1; undefined for what esbuild added. */
function sourceOf(bundle, line, column) {
  const { originalSource, originalLine, originalColumn } = mapOf(bundle).findEntry(line - 1, column - 1);
  if (originalSource === undefined) return undefined;
  return { file: join(dirname(bundle), originalSource), line: originalLine + 1, column: originalColumn + 1 };
}

function inText(text) {
  return text.replace(position, (found) => {
    const [, bundle, line, column] = /^(.*):(\d+):(\d+)$/.exec(found);
    const source = sourceOf(bundle.startsWith("file:") ? fileURLToPath(bundle) : bundle, +line, +column);
    return source ? `${source.file}:${source.line}:${source.column}` : found;
  });
}

function inError(error) {
  for (let each = error; each instanceof Error; each = each.cause)
    if (typeof each.stack === "string") each.stack = inText(each.stack);
}

/** Returns `event` of node:test with positions in source files. */
export function withSourcePositions(event) {
  const { data } = event;
  inError(data?.details?.error);
  if (typeof data?.message === "string")
    return { ...event, data: { ...data, message: inText(data.message) } };
  const isBundled = /\/\.tests-[^/]*\/.*\.mjs$/.test(data?.file ?? "") && data.line > 0;
  const source = isBundled ? sourceOf(data.file, data.line, data.column) : undefined;
  return source ? { ...event, data: { ...data, ...source } } : event;
}
