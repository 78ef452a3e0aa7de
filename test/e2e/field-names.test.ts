import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import { api } from "../../src/api/index.js";
import { sidecar } from "../../src/sidecar/index.js";
import { eventually } from "../../src/testing/eventually.js";
import { web } from "../../src/web/index.js";
import { needs } from "../support/needs.js";
import { openBrowser, Watched } from "../support/programs/browser.js";
import { micro, microOnTerminal } from "../support/programs/micro.js";
import { System } from "../support/programs/system.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const tsc = join(root, "node_modules/typescript/bin/tsc");
const name = "go.micro.srv.names";
/** Described by Go names, at nodes without `protocol`, as a program of 2016 does it. */
const old = "go.micro.srv.old";

const Item = z.object({ itemId: z.string(), unit_price: z.number() });
const Names = z.object({
  userId: z.string(),
  user_name: z.string(),
  HTTPCode: z.int(),
  größe: z.int(),
  class: z.string(),
  constructor: z.string(),
  node: z.string(),
  "content-type": z.string(),
  lastItem: Item,
  allItems: z.array(Item),
});

const sent = {
  userId: "u1",
  user_name: "John",
  HTTPCode: 7,
  größe: 3,
  class: "c",
  constructor: "k",
  node: "n",
  "content-type": "t",
  lastItem: { itemId: "i", unit_price: 1.5 },
  allItems: [{ itemId: "j", unit_price: 2 }],
};

/** Fields as flags of the command line; `--node` is a flag of its own. */
const typed = [
  ...["--userId", "u1", "--user_name=John", "--HTTPCode", "7", "--größe", "3", "--class", "c"],
  ...["--constructor", "k", "-F", "node=n", "--content-type", "t"],
  ...["-F", "lastItem.itemId=i", "-F", "lastItem.unit_price=1.5"],
  ...["-F", 'allItems:=[{"itemId":"j","unit_price":2}]'],
];

const field = (name: string, type: string, values: object[] = []) => ({ name, type, values });
const oldRequest = field("Request", "Request", [
  field("FullName", "string"),
  field("UserIDs", "[]string", [field("string", "string")]),
  field("Inner", "Inner", [field("ID", "int64")]),
  field("camelCase", "string"),
]);

/** A project that calls with the generated client, and prints the reply. */
function writeProject(folder: string, registry: string): void {
  const caller = `import { service } from "micro-toolkit";
import { NamesClient, type NamesEchoRequest } from "./${name}.js";
const request: NamesEchoRequest = ${JSON.stringify(sent)};
const caller = service({ name: "caller", registryAddress: ["${registry}"], argv: [], env: {} });
const reply = await new NamesClient(caller.client).namesEcho(request);
const typed: readonly (string | undefined)[] = [reply.userId, reply["content-type"], reply.allItems?.[0]?.itemId];
if (typed.includes(undefined)) throw new Error("a field is lost");
console.log(JSON.stringify(reply));
await caller.close();
`;
  const compilerOptions = { strict: true, module: "nodenext", target: "es2022", skipLibCheck: true };
  writeFileSync(join(folder, "caller.ts"), caller);
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["caller.ts"] }));
  mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
  symlinkSync(root, join(folder, "node_modules/micro-toolkit"));
  symlinkSync(join(root, "node_modules/@types/node"), join(folder, "node_modules/@types/node"));
}

type Paths = Record<string, { post: { requestBody: { content: Record<string, { schema: object }> } } }>;

describe("the names of fields", () => {
  let system: System;
  const closing: { close(): Promise<void> }[] = [];
  const ways: Record<string, string> = {};
  let gateway: string;
  let dashboard: string;

  before(async () => {
    system = await System.open();
    const made = system.service(name, { version: "1.0.0" });
    const path = { path: "/names", method: "POST", handler: "rpc" };
    made.handle(
      "Names.Echo",
      { request: Names, response: Names, metadata: path },
      async (request) => request,
    );
    made.handle("Old.Echo", {}, async (request) => request);
    await made.start();
    const [described] = await made.registry.getService(name);
    const { id = "", address = "", port = 0 } = described?.nodes[0] ?? {};
    const endpoint = {
      name: "Old.Echo",
      request: oldRequest,
      response: oldRequest,
      metadata: { path: "/old" },
    };
    const node = { id: `old-${id}`, address, port, metadata: { server: "rpc" } };
    const definition = { name: old, version: "1", metadata: {}, endpoints: [endpoint], nodes: [node] };
    await made.registry.register(definition as never);
    const beside = await sidecar(system.service("go.micro.sidecar"), { address: "127.0.0.1:0" });
    const front = await api(system.service("go.micro.api"), { address: "127.0.0.1:0" });
    const pages = await web(system.service("go.micro.web"), { address: "127.0.0.1:0" });
    closing.push(beside, front, pages);
    ways.directly = `--registry_address=${system.registry}`;
    ways["through a sidecar"] = `--proxy_address=${beside.address}`;
    gateway = front.url;
    dashboard = pages.url;
  });

  after(async () => {
    for (const each of closing) await each.close();
    await system[Symbol.asyncDispose]();
  });

  for (const way of ["directly", "through a sidecar"]) {
    const where = () => ways[way] ?? "";

    it(`are those of the wire in flags and in --field, ${way}`, async () => {
      const { code, stdout, stderr } = await micro([
        "query",
        name,
        "Names.Echo",
        ...typed,
        where(),
        "--json",
      ]);
      assert.equal(code, 0, stderr);
      assert.deepEqual(JSON.parse(stdout), sent);
      const listed = await micro(["query", name, "Names.Echo", "--nothing=1", where()]);
      assert.equal(listed.code, 2);
      assert.match(listed.stderr, /\(fields: userId, user_name, HTTPCode, größe, class, constructor, node,/);
    });

    it(`are those of the wire in what get service prints, ${way}`, async () => {
      const text = await micro(["get", "service", name, where()]);
      for (const line of [
        "userId string",
        "user_name string",
        "HTTPCode int64",
        "größe int64",
        "itemId string",
      ])
        assert.match(text.stdout, new RegExp(`\t${line}\n`));
      const json = await micro(["get", "service", name, where(), "--json"]);
      const { request } = JSON.parse(json.stdout)[0].endpoints[0].schema;
      assert.deepEqual(Object.keys(request.properties), Object.keys(sent));
      assert.deepEqual(Object.keys(request.properties.allItems.items.properties), ["itemId", "unit_price"]);
    });

    it(`are in snake case where a node of 2016 describes them by Go names, ${way}`, async () => {
      const flags = ["--full_name", "J", "-F", "user_ids:=[]", "-F", "inner.id=5", "--camelCase=c"];
      const { stdout, stderr } = await micro(["query", old, "Old.Echo", ...flags, where(), "--json"]);
      const expected = { full_name: "J", user_ids: [], inner: { id: 5 }, camelCase: "c" };
      assert.deepEqual(JSON.parse(stdout || "0"), expected, stderr);
      const text = await micro(["get", "service", old, where()]);
      assert.match(text.stdout, /\tfull_name string\n\n?\tuser_ids \[\]string/);
      assert.match(text.stdout, /\tcamelCase string\n/);
      const json = await micro(["get", "service", old, where(), "--json"]);
      const { request, schema } = JSON.parse(json.stdout)[0].endpoints[0];
      assert.equal(request.values[0].name, "FullName");
      assert.deepEqual(Object.keys(schema.request.properties), Object.keys(expected));
    });

    it(`are those of the wire in a generated client, which compiles and calls, ${way}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "micro-names-"));
      try {
        const made = await micro(["gen", "client", name, "-o", ".", where()], { cwd: folder });
        assert.equal(made.code, 0, made.stderr);
        writeProject(folder, system.registry);
        await run(process.execPath, [tsc, "-p", "."], { cwd: folder });
        const { stdout } = await run(process.execPath, ["caller.js"], { cwd: folder });
        assert.deepEqual(JSON.parse(stdout), sent);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    it(`are completed as flags and after --field, ${way}`, async () => {
      const complete = async (...words: string[]) =>
        (await micro(["__complete", "--", where(), "query", name, "Names.Echo", ...words])).stdout;
      assert.equal(await complete("--use"), "--userId\n--user_name\n");
      assert.equal(await complete("--grö"), "--größe\n");
      assert.equal(await complete("-F", "HTTP"), "HTTPCode=\n");
      assert.equal(await complete("--field", "lastItem."), "lastItem.itemId=\nlastItem.unit_price=\n");
    });

    it(`are those of the wire in prompts, ${way}`, needs("python3"), async () => {
      const answers = { ...sent, lastItem: "", allItems: "" };
      const typing = Object.entries(answers).map(([seen, value]) => [`${seen} (`, `${value}\r`] as const);
      const { stdout, stderr } = await microOnTerminal(["query", where()], {
        typing: [["Which service?", "\r"], ["Which method?", "\r"], ...typing],
      });
      assert.match(
        stdout,
        /micro query go\.micro\.srv\.names Names\.Echo '\{"userId":"u1","user_name":"John"/,
        stderr,
      );
      assert.match(stdout, /"größe": ?3/);
    });
  }

  it("are those of the wire in the gateway's OpenAPI document and paths", async () => {
    let document: Paths = {};
    await eventually(async () => {
      document = ((await (await fetch(`${gateway}/openapi.json`)).json()) as { paths: Paths }).paths;
      assert.deepEqual(
        ["/names", "/old"].filter((path) => !(path in document)),
        [],
      );
    });
    const properties = (path: string) => {
      const { schema } = document[path]?.post.requestBody.content["application/json"] ?? {};
      return Object.keys((schema as { properties: object }).properties);
    };
    assert.deepEqual(properties("/names"), Object.keys(sent));
    assert.deepEqual(properties("/old"), ["full_name", "user_ids", "inner", "camelCase"]);
    const reply = await fetch(`${gateway}/names?userId=8&HTTPCode=7&gr%C3%B6%C3%9Fe=3`, {
      method: "POST",
      body: JSON.stringify({ ...sent, userId: undefined, HTTPCode: undefined, größe: undefined }),
    });
    assert.deepEqual(await reply.json(), { ...sent, userId: "8" });
    const called = await fetch(`${gateway}/rpc`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ service: name, method: "Names.Echo", request: sent }),
    });
    assert.deepEqual(await called.json(), sent);
  });

  it("are those of the wire in the dashboard's form", needs("chromium"), async () => {
    await using browser = await openBrowser();
    const { page } = await Watched.open(await browser.newContext({ baseURL: dashboard }));
    await page.goto(`/query?service=${name}&method=Names.Echo`);
    const form = page.locator(".form").first();
    for (const [label, value] of Object.entries(sent))
      if (typeof value !== "object")
        await form
          .getByLabel(new RegExp(`^${label} `))
          .first()
          .fill(String(value));
    await form.getByLabel(/^itemId /).fill("i");
    await form.getByLabel(/^unit_price /).fill("1.5");
    await page.getByRole("button", { name: "Send" }).click();
    await page.locator(".answer").getByText("itemId").first().waitFor();
    const body = JSON.parse(await page.getByRole("textbox", { name: "JSON" }).inputValue());
    assert.deepEqual(body, { ...sent, allItems: [] });
    await page.goto(`/query?service=${old}&method=Old.Echo`);
    await page.getByLabel(/^full_name /).waitFor();
    await page.goto(`/registry?service=${name}`);
    await page
      .locator(".field-name", { hasText: /^HTTPCode$/ })
      .first()
      .waitFor();
  });
});
