import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { web } from "../../src/web/index.js";
import { curl as runCurl } from "../support/bytes/curl.js";
import { Gateways } from "../support/gateway.js";
import { needs } from "../support/needs.js";
import { tlsFiles } from "../support/ways.js";

const script = fileURLToPath(new URL("flask-app.py", import.meta.url));

/** What curl wrote; it has to succeed. */
async function curl(...args: readonly string[]): Promise<string> {
  const { code, out } = await runCurl(...args);
  assert.equal(code, 0, out);
  return out;
}

/** Ways to reach the application: the first path element, and how it learns where it is mounted. */
const behind = {
  "the dashboard, with ProxyFix": ["web", "/flask"],
  "the dashboard, knowing nothing": ["web", "/bare"],
  "the dashboard over TLS": ["web over TLS", "/flask"],
  "the gateway, mounted at its path": ["api", "/flask"],
  "the gateway over TLS": ["api over TLS", "/flask"],
} as const;

describe("a Flask application", needs("flask", "curl"), () => {
  const gateways = new Gateways();
  const programs = new Map<string, HttpServer>();
  const children: ChildProcess[] = [];
  let files: Awaited<ReturnType<typeof tlsFiles>> | undefined;
  const folder = mkdtempSync(join(tmpdir(), "micro-flask-"));

  async function start(service: string, mode: string): Promise<void> {
    const child = spawn("/usr/bin/python3", [script, mode], { stdio: ["ignore", "pipe", "ignore"] });
    children.push(child);
    const [port] = await once(child.stdout, "data", { signal: AbortSignal.timeout(20_000) });
    await gateways.registry.register({
      name: service,
      version: "1",
      metadata: {},
      endpoints: [],
      nodes: [{ id: service, address: "127.0.0.1", port: Number(port), metadata: { handler: "proxy" } }],
    });
  }

  before(async () => {
    await start("go.micro.web.flask", "prefixed");
    await start("go.micro.web.bare", "bare");
    await start("go.micro.api.flask", "mounted");
    files = await tlsFiles();
    const { tls } = files;
    const address = "127.0.0.1:0";
    programs.set("api", await gateways.open());
    programs.set("api over TLS", await gateways.open({ tls }));
    programs.set("web", await web(gateways.service("go.micro.web"), { address }));
    programs.set("web over TLS", await web(gateways.service("go.micro.web"), { address, tls }));
  });

  after(async () => {
    for (const child of children) child.kill("SIGKILL");
    for (const http of programs.values()) await http.close();
    await gateways[Symbol.asyncDispose]();
    await files?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  for (const [where, [program, path]] of Object.entries(behind))
    describe(`behind ${where}`, () => {
      const base = () => `${programs.get(program)?.url}${path}`;

      it("is followed through its redirects, with its session", async () => {
        const jar = join(folder, `${program}${path.slice(1)}`);
        for (const from of ["/login", "/far"]) {
          const said = await curl(
            "-L",
            "-c",
            jar,
            "-b",
            jar,
            "-w",
            " at %{url_effective}",
            `${base()}${from}`,
          );
          assert.equal(said, `user john at ${base()}/whoami`);
        }
      });

      it("sets its cookies for its own path: at the gateway it sees whole paths, and says itself which", async () => {
        const own = program.startsWith("api") ? "/" : path;
        const head = await curl("-D", "-", "-o", "/dev/null", `${base()}/login`);
        assert.match(head, new RegExp(`^set-cookie: session=[^\\r]*; Path=${own}\\r$`, "im"));
      });

      it("may send to others as it likes", async () => {
        const to = await curl("-o", "/dev/null", "-w", "%{redirect_url}", `${base()}/away`);
        assert.equal(to, "https://elsewhere.test/whoami");
      });

      it("sends the range of a file that was asked for, and no file that is known", async () => {
        const end = ["-w", " %{http_code}", `${base()}/file`];
        assert.equal(await curl("-r", "2-5", ...end), "2345 206");
        assert.match(
          await curl("-D", "-", "-r", "-3", ...end),
          /^content-range: bytes 7-9\/10\r$.*789 206$/ims,
        );
        assert.match(await curl("-r", "10-", ...end), / 416$/);
        assert.equal(await curl("-H", 'If-None-Match: "e1"', ...end), " 304");
      });

      if (path !== "/bare")
        it("knows its public address", async () => {
          assert.equal(await curl(`${base()}/`), `${base()}/whoami`);
        });
    });
});
