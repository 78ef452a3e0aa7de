import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { clientSource } from "../../../src/cli/target/client-source.js";
import type { Endpoint, Service, Value } from "../../../src/core/service.js";

/** Each would end a literal, a comment or a line, or run, if it were written as it is. */
const breakouts = [
  '"); globalThis.broken = true; ("',
  "'); globalThis.broken = true; ('",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what must not become a template
  "`${(globalThis.broken = true)}`",
  "*/ globalThis.broken = true; /*",
  "x\nglobalThis.broken = true;\n//",
  "x\r\nglobalThis.broken = true;",
  "x\u2028globalThis.broken = true;",
  "x\u2029globalThis.broken = true;",
  '\\"; globalThis.broken = true; //',
  "\\",
  "\\u002a/ globalThis.broken = true; /*",
  "*\\/ globalThis.broken = true; /*",
  "\0",
  "\ud800",
];
const names = [
  ...[
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "then",
    "toJSON",
    "client",
    "#client",
  ],
  ...[
    "class",
    "await",
    "default",
    "delete",
    "return",
    "static",
    "get",
    "async",
    "eval",
    "arguments",
    "0",
    "1a",
  ],
  ...[
    "",
    " ",
    "Client",
    "Promise",
    "Record",
    "Stream",
    "CallOptions",
    "Say.Hello",
    "Say.HelloRequest",
    "SayHello",
  ],
];
const hostile = [...breakouts, ...names];

const field = (name: string, type = "string"): Value => ({ name, type, values: [] });
const object = (fields: readonly string[]): Value => ({
  name: "Type",
  type: "Type",
  values: [
    ...fields.map((name) => field(name)),
    { ...field("inner", "[]Type"), values: fields.map((f) => field(f)) },
  ],
});

function endpoint(name: string, stream: boolean): Endpoint {
  return {
    name,
    request: object(hostile),
    response: object(hostile),
    metadata: stream ? { stream: "true" } : {},
  };
}

function serviceOf(name: string, methods: readonly string[]): Service {
  const nodes = [{ id: "x", address: "127.0.0.1", port: 1, metadata: { protocol: "mucp" } }];
  const endpoints = methods.map((method, i) => endpoint(method, i % 2 === 1));
  return { name, version: name, metadata: {}, nodes, endpoints };
}

const own = fileURLToPath(new URL("../../../src/client/client.ts", import.meta.url));
const options: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  allowImportingTsExtensions: true,
  lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
  types: ["node"],
  paths: { "micro-toolkit": [own] },
};

/** What the compiler says about generated files, with the real types of the client. */
function complaints(sources: readonly string[]): string[] {
  const host = ts.createCompilerHost(options);
  const files = new Map(sources.map((source, i) => [`${process.cwd()}/generated-${i}.mts`, source]));
  const { fileExists, getSourceFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.getSourceFile = (name, ...rest) => {
    const source = files.get(name);
    return source === undefined
      ? getSourceFile(name, ...rest)
      : ts.createSourceFile(name, source, ts.ScriptTarget.ES2022);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files.keys()].flatMap((name) => {
    const file = program.getSourceFile(name);
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
  });
}

/** Runs generated code, and returns what each method of its class calls. */
async function calls(source: string): Promise<unknown[]> {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: options.target, module: ts.ModuleKind.ESNext },
  });
  const made: Record<string, unknown> = await import(
    `data:text/javascript;base64,${Buffer.from(outputText).toString("base64")}`
  );
  const [Class] = Object.values(made) as [new (client: object) => Record<string, () => unknown>];
  const seen: unknown[] = [];
  const note = (service: string, method: string) => seen.push([service, method]);
  const client = new Class({ call: note, stream: note });
  assert.equal(`${client}${JSON.stringify(client)}`, "[object Object]{}");
  assert.equal(await client, client, "it is no promise");
  for (const name of Object.getOwnPropertyNames(Class.prototype))
    if (name !== "constructor") client[name]?.();
  return seen;
}

describe("a generated client, of names that would be code", () => {
  const services = [serviceOf("all", hostile), ...hostile.map((name) => serviceOf(name, [name]))];

  it("compiles", { timeout: 120_000 }, () => {
    assert.deepEqual(complaints(services.map(clientSource)), []);
  });

  it("runs none of it, and calls each method by the name that the registry has", async () => {
    for (const service of services) {
      const seen = await calls(clientSource(service));
      const expected = service.endpoints.map(({ name }) => [service.name, name]);
      assert.deepEqual(seen.map(String).sort(), expected.map(String).sort());
      assert.equal("broken" in globalThis, false, service.name);
    }
  });

  it("has one line of comment before a method, whatever the name", () => {
    const source = clientSource(serviceOf("a", hostile));
    assert.equal(source.match(/^ {2}\/\*\* .* \*\/$/gm)?.length, hostile.length);
  });
});
