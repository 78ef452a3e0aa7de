import type { ServiceSummary } from "../../src/web/model.js";

/** What the terminal takes: said by the server, which checks it too. */
export interface Allowed {
  readonly commands: readonly AllowedCommand[];
}

interface AllowedCommand {
  readonly name: string;
  readonly flags: readonly string[];
  /** What its words are. */
  readonly words: readonly ("service" | "topic" | "method")[];
}

/** The line as far as it can only go on one way, and the ways from there. */
export function complete(line: string, allowed: Allowed | undefined, services: readonly ServiceSummary[]) {
  const at = line.lastIndexOf(" ") + 1;
  const start = line.slice(at);
  const found = candidates(line, at, allowed, services)
    .filter((candidate) => candidate.startsWith(start))
    .sort();
  if (found.length === 0) return { line, candidates: [] };
  const shared = found.reduce(common);
  const done = found.length === 1 ? `${shared} ` : shared;
  return { line: line.slice(0, at) + done, candidates: found.length === 1 ? [] : found };
}

function candidates(
  line: string,
  at: number,
  allowed: Allowed | undefined,
  services: readonly ServiceSummary[],
): readonly string[] {
  const before = line.slice(0, at).trim();
  const command = allowed?.commands
    .filter(({ name }) => before === name || before.startsWith(`${name} `))
    .sort((a, b) => b.name.length - a.name.length)[0];
  if (!command) return nextWords(before, allowed);
  if (line.slice(at).startsWith("-")) return command.flags;
  const given = before
    .slice(command.name.length)
    .trim()
    .split(/\s+/)
    .filter((word) => word !== "" && !word.startsWith("-"));
  const kind = command.words[given.length];
  if (kind === "service") return services.map(({ name }) => name);
  if (kind === "topic") return [...new Set(services.flatMap(({ topics }) => topics))];
  return kind === "method" ? ["Debug.Health", "Debug.Stats"] : command.flags;
}

function nextWords(before: string, allowed: Allowed | undefined): readonly string[] {
  const typed = before === "" ? [] : before.split(/\s+/);
  const names = (allowed?.commands ?? []).map(({ name }) => name.split(" "));
  const fitting = names.filter((words) => typed.every((word, index) => words[index] === word));
  return [...new Set(fitting.flatMap((words) => words[typed.length] ?? []))];
}

function common(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}
