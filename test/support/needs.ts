import { spawnSync } from "node:child_process";

/** Debian package by program: how to get what a test needs. */
const packages: Readonly<Record<string, string>> = {
  consul: "consul",
  "nats-server": "nats",
  "redis-server": "redis",
  etcd: "etcd",
  chromium: "chromium",
  python3: "python",
  flask: "flask",
  ruby: "ruby",
  faketime: "faketime",
  curl: "curl",
  openssl: "openssl",
  zsh: "zsh",
  fish: "fish",
};

/**
 * Options for a test that needs real programs: it is skipped, with the way to get them, where one is missing. In CI
 * nothing is skipped: there the test runs and fails.
 */
export function needs(...programs: string[]): { skip: string | false } {
  if (process.env.CI === "true") return { skip: false };
  const missing = programs.filter((program) => !has(program));
  if (missing.length === 0) return { skip: false };
  const names = missing.map((program) => packages[program] ?? program).join(" ");
  return { skip: `${missing.join(", ")} not installed: scripts/install-servers ${names}` };
}

/** The same for what not every user or machine can do: where `possible` is false, the test is skipped for that `reason`. */
export function needsThat(possible: () => boolean, reason: string): { skip: string | false } {
  return { skip: process.env.CI === "true" || possible() ? false : reason };
}

/** Options for a test that only root can run, for it does `what`. */
export function needsRoot(what: string): { skip: string | false } {
  return needsThat(() => process.getuid?.() === 0, `not root: ${what}`);
}

/** Options for a test that makes a network of its own, as `script` does. */
export function needsNetwork(script: string): { skip: string | false } {
  return needsThat(
    () => spawnSync("unshare", ["-n", "sh", "-c", script]).status === 0,
    "needs root, unshare and ip: a network namespace of its own",
  );
}

function has(program: string): boolean {
  if (program === "flask") return spawnSync("/usr/bin/python3", ["-c", "import flask"]).status === 0;
  return spawnSync("sh", ["-c", 'command -v "$1"', "sh", program]).status === 0;
}
