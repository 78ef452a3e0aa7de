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

function has(program: string): boolean {
  if (program === "flask") return spawnSync("/usr/bin/python3", ["-c", "import flask"]).status === 0;
  return spawnSync("sh", ["-c", 'command -v "$1"', "sh", program]).status === 0;
}
