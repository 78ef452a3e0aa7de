import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Terminal, terminal } from "../output/terminal.js";

/** A section of `micro --help`: a title, and rows of name and meaning, in ASCII. */
export interface Section {
  readonly title: string;
  readonly rows: readonly (readonly [name: string, summary: string])[];
}

const indentation = 2;
/** Fewest columns for a summary. */
const narrowest = 16;

/** Prints `micro --help` from the manifest in `root`, without loading anything else. */
export function printRootHelp(root: string): void {
  const manifest: { readonly rootHelp: readonly Section[] } = JSON.parse(
    readFileSync(join(root, "oclif.manifest.json"), "utf8"),
  );
  process.stdout.write(rootHelp(manifest.rootHelp, terminal([])));
}

/** Formats `micro --help`: every command and every global flag. */
export function rootHelp(sections: readonly Section[], talk: Terminal): string {
  const blocks = [
    "micro: a toolkit for microservices",
    `${talk.out.bold("USAGE")}\n  micro [global flags] COMMAND [args] [flags]`,
    ...sections.map((section) => sectionText(section, talk)),
    "Each flag --x_y reads the variable MICRO_X_Y. Names with dashes (--x-y) work too.",
  ];
  return `${blocks.join("\n\n")}\n`;
}

/** Formats a section, its summaries wrapped next to the names, or below them if there is no room. */
export function sectionText({ title, rows }: Section, talk: Terminal): string {
  const beside = indentation + 2 + Math.max(...rows.map(([name]) => name.length));
  const below = talk.columns - beside < narrowest;
  const left = below ? 2 * indentation : beside;
  const lines = rows.flatMap(([name, summary]) => {
    const text = wrapped(summary, talk.columns - left).map((line) => " ".repeat(left) + line);
    const head = `${" ".repeat(indentation)}${name}`;
    return below ? [head, ...text] : [head.padEnd(left) + (text[0] ?? "").trimStart(), ...text.slice(1)];
  });
  return [talk.out.bold(title), ...lines].join("\n");
}

/** Wraps `text` into lines of at most `width`, unless a word is longer. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
