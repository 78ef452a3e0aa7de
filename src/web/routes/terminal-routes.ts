import { type ChildProcess, spawn } from "node:child_process";
import type { FastifyInstance, FastifyReply } from "fastify";
import { unavailable } from "../../core/errors.js";
import { packageFile } from "../../core/files/package-file.js";
import { requireJson } from "../../http/admission/origin.js";
import { jsonBody } from "../../http/body/body.js";
import { id, type WebContext } from "../context.js";
import { pageRoute } from "../pages/pages.js";
import { allowedCommands, readLine } from "./command-line.js";

/** Limits of a run: milliseconds, bytes of output, and concurrent runs. */
const runFor = 30_000;
const maxOutput = 1024 * 1024;
const maxRuns = 4;

/** How the terminal starts the command line. */
export interface TerminalOptions {
  /** Program and first arguments. Default: the command line of this package. */
  readonly command?: readonly [string, ...string[]];
  /** Settings for its registry, broker and so on, as `MICRO_…` variables. */
  readonly environment?: Readonly<Record<string, string>>;
}

const ownCommand = [process.execPath, packageFile("bin/run.js")] as const;

/** `/cli`: runs the command line once per line, as a child process with an argument list, never through a shell. */
export async function terminalRoutes(
  app: FastifyInstance,
  parts: WebContext & TerminalOptions,
): Promise<void> {
  const { assets, access } = parts;
  const running = new Set<ChildProcess>();
  app.addHook("onClose", async () => {
    for (const child of running) child.kill("SIGKILL");
  });
  pageRoute(app, assets, "/cli", { json: async () => ({ commands: allowedCommands(access.admin) }) });
  app.post("/cli", async (request, reply) => {
    requireJson(request.headers, id);
    const { line } = (jsonBody(request, id) ?? {}) as { line?: unknown };
    const words = readLine(line, access.admin);
    if (running.size >= maxRuns)
      throw unavailable(id, `more than ${maxRuns} commands run`, { executed: "no" });
    const [program, ...first] = parts.command ?? ownCommand;
    const child = spawn(program, [...first, ...words], {
      stdio: ["ignore", "pipe", "pipe"],
      env: environment(parts.environment),
    });
    running.add(child);
    child.once("close", () => running.delete(child));
    return relay(child, reply);
  });
}

/** The environment of the child: that of this process, without variables that look like secrets. */
function environment(given: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const secret = /TOKEN|SECRET|PASSW|CREDENTIAL|_KEY$|NODE_OPTIONS/i;
  const kept = Object.entries(process.env).filter(([name]) => !secret.test(name));
  return { ...Object.fromEntries(kept), ...given, NO_COLOR: "1" };
}

/** Streams the output of the child, as one JSON object per line, and finally its exit code. */
function relay(child: ChildProcess, reply: FastifyReply): FastifyReply {
  reply.hijack();
  const response = reply.raw;
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) response.setHeader(name, value);
  response.writeHead(200, { "Content-Type": "application/x-ndjson" });
  response.flushHeaders();
  let written = 0;
  const write = (kind: "stdout" | "stderr", text: string) => {
    written += text.length;
    if (written > maxOutput) child.kill("SIGKILL");
    else response.write(`${JSON.stringify({ kind, text })}\n`);
  };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => write("stdout", text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => write("stderr", text));
  const timer = setTimeout(() => {
    write("stderr", "stopped after 30 seconds\n");
    child.kill("SIGKILL");
  }, runFor);
  child.once("error", ({ message }) => write("stderr", `${message}\n`));
  child.once("close", (code, signal) => {
    clearTimeout(timer);
    response.end(`${JSON.stringify({ exit: code ?? signal })}\n`);
  });
  response.once("close", () => child.kill("SIGKILL"));
  return reply;
}
