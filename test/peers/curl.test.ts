import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { curl } from "../support/bytes/curl.js";
import { needs } from "../support/needs.js";
import { beside, digest, type Seen, Stage, service } from "./stage.js";

/** Where requests go: the program, the path, and the body with a text in it. Proxies tell method and path too. */
const surfaces = {
  "POST /rpc of the gateway": ["gateway", "/rpc", { service, method: "Peer.Echo" }],
  "an api.Request of the gateway": ["gateway", "/peer/echo"],
  "the gateway before Python": ["gateway", "/python"],
  "the gateway before Ruby": ["gateway", "/ruby"],
  "POST /rpc of the dashboard": ["dashboard", "/rpc", { service, method: "Peer.Echo" }],
  "the dashboard before Python": ["dashboard", "/python"],
  "the dashboard before Ruby": ["dashboard", "/ruby"],
  "POST /rpc of the sidecar": ["sidecar", "/rpc", { service, method: "Peer.Echo" }],
  "the path of a method at the sidecar": ["sidecar", `/${service}/Peer.Echo`],
} as const;
type Name = keyof typeof surfaces;
const names = Object.keys(surfaces) as Name[];
const proxied = names.filter((name) => name.includes("before"));
/** Python's server makes one of two slashes at the beginning. */
const ruby = names.filter((name) => name.endsWith("Ruby"));

const texts = { small: "käse", large: "0123456789abcdef".repeat(131_072) } as const;

interface Case {
  /** `URL` stands for the surface's own, `ADDRESS` for its host and port. */
  readonly args: string;
  /** The file that the arguments name as `BODY`; without one there is no body. */
  readonly text?: keyof typeof texts;
  readonly tls?: true;
  readonly version?: "1.1" | "2";
  readonly at?: readonly Name[];
  readonly seen?: Partial<Seen>;
  /** How many; one by default. */
  readonly answers?: number;
  /** How many curl opens for them, where that counts. */
  readonly connections?: number;
}

/** Behind each answer: its status, its version, and how many connections were opened for it. */
const told = "\n%{http_code} %{http_version} %{num_connects}\n";
const json = "-H Content-Type:application/json";
const small = `${json} --data-binary @BODY`;
const cases: Readonly<Record<string, Case>> = {
  "a small body": { args: `${small} URL`, text: "small", version: "1.1" },
  "HTTP/1.0": { args: `--http1.0 ${small} URL`, text: "small" },
  "HTTP/1.0 that would keep the connection": {
    args: `--http1.0 -H Connection:keep-alive ${small} URL URL`,
    text: "small",
    answers: 2,
  },
  "a large body, which curl announces by Expect": { args: `${small} URL`, text: "large" },
  "a large body without Expect": { args: `${small} -H Expect: URL`, text: "large" },
  "a small body with Expect": { args: `${small} -H Expect:100-continue URL`, text: "small" },
  "a chunked body": { args: `${small} -H Transfer-Encoding:chunked -H Expect: URL`, text: "large" },
  "a chunked body with Expect": { args: `${small} -H Transfer-Encoding:chunked URL`, text: "large" },
  "a body from a file": { args: `${json} -X POST -T BODY URL`, text: "large" },
  "a whole URL, as to a proxy": { args: `${small} --noproxy: -x http://ADDRESS URL`, text: "small" },
  "two requests on one connection": { args: `${small} URL URL`, text: "small", answers: 2, connections: 1 },
  cookies: { args: `${small} -b a=1;b=2 URL`, text: "small", seen: { cookie: "a=1;b=2" } },
  "an offer of HTTP/2 without TLS": { args: `--http2 ${small} URL`, text: "small", version: "1.1" },
  "every coding that curl reads": { args: `--compressed ${small} URL`, text: "small" },
  "TLS and HTTP/1.1": { args: `--http1.1 ${small} URL`, text: "large", tls: true, version: "1.1" },
  // Node's TLS offers no "http/1.0", which curl names by ALPN
  "TLS and HTTP/1.0": { args: `--http1.0 --no-alpn ${small} URL`, text: "small", tls: true },
  "HTTP/2": { args: `${small} URL`, text: "small", tls: true, version: "2" },
  "HTTP/2 and a large body": { args: `${small} URL`, text: "large", tls: true, version: "2" },
  "HTTP/2 and a body of unknown length": {
    args: `${json} -X POST -T BODY -H Transfer-Encoding:chunked -H Content-Length: URL`,
    text: "large",
    tls: true,
    version: "2",
  },
  "HTTP/2 and cookies": {
    args: `${small} -b a=1;b=2 URL`,
    text: "small",
    tls: true,
    version: "2",
    seen: { cookie: "a=1;b=2" },
  },
  "HTTP/2, three at once": {
    args: `${small} --no-progress-meter -Z URL URL URL`,
    text: "small",
    tls: true,
    answers: 3,
  },
  "a PUT": { args: "-T BODY URL", text: "small", at: proxied, seen: { method: "PUT" } },
  "a DELETE over HTTP/2": {
    args: "-X DELETE URL",
    at: proxied,
    tls: true,
    version: "2",
    seen: { method: "DELETE" },
  },
  "// in a path": {
    args: "--path-as-is URL/proxy/https://x//y?u=//z",
    at: proxied,
    seen: { method: "GET", path: "/proxy/https://x//y?u=//z" },
  },
  "// in a path over HTTP/2": {
    args: "--path-as-is URL//x",
    at: ruby,
    tls: true,
    version: "2",
    seen: { path: "//x" },
  },
};

describe("curl", needs("curl", "python3", "ruby"), () => {
  const folder = mkdtempSync(join(tmpdir(), "micro-curl-"));
  const stage = new Stage();
  before(async () => {
    await stage.open();
    await stage.behind("python", "python3", [beside("echo-app.py")]);
    await stage.behind("ruby", "ruby", [beside("echo-app.rb")]);
    for (const name of names)
      for (const [size, text] of Object.entries(texts)) {
        const [, , around] = surfaces[name];
        const body = around ? { ...around, request: { text } } : { text };
        writeFileSync(bodyFile(name, size), JSON.stringify(body));
      }
  });
  after(async () => {
    await stage[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const bodyFile = (name: Name, size: string) => join(folder, `${names.indexOf(name)}-${size}`);
  function addressed(name: Name, { args, text = "small", tls }: Case): readonly string[] {
    const [program, path] = surfaces[name];
    const { url, address } = stage.program(`${program}${tls ? " over TLS" : ""}`);
    return args.split(" ").flatMap((arg) => {
      if (arg === "--noproxy:") return ["--noproxy", ""];
      return [
        arg
          .replace("BODY", bodyFile(name, text))
          .replace("ADDRESS", address)
          .replace("URL", url + path),
      ];
    });
  }

  async function check(name: Name, one: Case): Promise<void> {
    const { text, version, seen = {}, answers = 1, connections } = one;
    const { code, out } = await curl("-w", told, ...addressed(name, one));
    assert.equal(code, 0, `${name}: ${out}`);
    const bodies = out.match(/\{[^}]*\}/g) ?? [];
    const ends = [...out.matchAll(/^(\d{3}) ([\d.]+) (\d+)$/gm)];
    assert.deepEqual([bodies.length, ends.length], [answers, answers], `${name}: ${out}`);
    for (const [, status, spoken] of ends)
      assert.deepEqual([status, spoken], ["200", version ?? spoken], `${name}: ${out}`);
    if (connections)
      assert.equal(
        ends.reduce((sum, [, , , opened]) => sum + Number(opened), 0),
        connections,
        name,
      );
    const want: Record<string, string> = { digest: digest(text ? texts[text] : ""), ...seen };
    if (want.path && name.startsWith("the gateway")) want.path = surfaces[name][1] + want.path;
    for (const body of bodies)
      for (const [key, value] of Object.entries(want))
        assert.equal(JSON.parse(body)[key], value, `${name}: ${key}`);
  }

  for (const [title, one] of Object.entries(cases))
    it(`is answered: ${title}`, async () => {
      for (const name of one.at ?? names) await check(name, one);
    });
});
