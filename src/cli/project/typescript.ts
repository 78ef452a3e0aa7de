import type { Files } from "./write-files.js";

/** Options of a new project. */
export interface ProjectOptions {
  /** The full name of the service. */
  readonly service: string;
  /** Its last label. */
  readonly alias: string;
  readonly type: "srv" | "api" | "web";
  /** Version of the toolkit to use. */
  readonly toolkit: string;
}

/** Returns a TypeScript project: a service, its logic in a file of its own, and a test for that. */
export function typescriptProject(options: ProjectOptions): Files {
  return {
    "package.json": packageJson(options),
    "tsconfig.json": tsconfig,
    "README.md": readme(options),
    ".gitignore": "node_modules\ndist\n",
    "src/main.ts": mains[options.type](options),
    "src/hello.ts": hellos[options.type],
    "test/hello.test.ts": tests[options.type],
  };
}

function packageJson({ alias, type, toolkit }: ProjectOptions): string {
  const zod = type === "srv" ? { zod: "^4.6.0" } : {};
  const json = {
    name: alias.toLowerCase(),
    version: "0.1.0",
    private: true,
    type: "module",
    scripts: {
      build: "tsc",
      start: "node dist/src/main.js",
      dev: "micro dev src/main.ts",
      test: "tsc && node --test dist/test/hello.test.js",
    },
    dependencies: { "micro-toolkit": `^${toolkit}`, ...zod },
    devDependencies: { "@types/node": "^20.19.0", tsx: "^4.20.0", typescript: "^6.0.0" },
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

const tsconfig = `${JSON.stringify(
  {
    compilerOptions: {
      target: "es2022",
      module: "nodenext",
      strict: true,
      skipLibCheck: true,
      types: ["node"],
      rootDir: ".",
      outDir: "dist",
    },
    include: ["src", "test"],
  },
  null,
  2,
)}\n`;

function readme({ service, type }: ProjectOptions): string {
  const tries: Record<ProjectOptions["type"], string> = {
    srv: `micro query ${service} Say.Hello '{"name":"John"}'`,
    api: "curl 'http://127.0.0.1:8080/NAME/say/hello?name=John'".replace(
      "NAME",
      service.split(".").at(-1) ?? "",
    ),
    web: `open http://127.0.0.1:8082/${service.split(".").at(-1)}/`,
  };
  return `# ${service}

\`\`\`
npm install
npm test
npm run dev
\`\`\`

Then, in a second terminal:

\`\`\`
${tries[type]}
\`\`\`
`;
}

const mains: Readonly<Record<ProjectOptions["type"], (options: ProjectOptions) => string>> = {
  srv: ({ service }) => `import { service } from "micro-toolkit";
import { hello, types } from "./hello.js";

const app = service({ name: ${JSON.stringify(service)}, version: "0.1.0" });

app.handle("Say.Hello", types, hello);

await app.run();
`,
  api: ({ service }) => `import { service } from "micro-toolkit";
import { type ApiRequest, hello } from "./hello.js";

const app = service({ name: ${JSON.stringify(service)}, version: "0.1.0" });

// answers what the api makes of GET /…/say/hello
app.handle("Say.Hello", {}, (request) => hello(request as ApiRequest));

await app.run();
`,
  web: ({ service }) => `import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { formatAddress, loopbackAddress, service } from "micro-toolkit";
import { page } from "./hello.js";

const server = createServer((_request, response) => {
  response.setHeader("Content-Type", "text/html; charset=utf-8").end(page("John"));
});
server.listen(0, loopbackAddress());
await once(server, "listening");

const { address: host, port } = server.address() as AddressInfo;
const advertise = formatAddress({ host, port });
const app = service({ name: ${JSON.stringify(service)}, version: "0.1.0", advertise });

await app.run();
server.closeAllConnections();
server.close();
`,
};

const hellos: Readonly<Record<ProjectOptions["type"], string>> = {
  srv: `import { z } from "zod";

export const types = {
  request: z.object({ name: z.string() }),
  response: z.object({ msg: z.string() }),
};

export async function hello({ name }: { name: string }): Promise<{ msg: string }> {
  return { msg: \`Hello \${name}\` };
}
`,
  api: `/** What the api makes of an HTTP request. */
export interface ApiRequest {
  get?: Record<string, { values?: string[] }>;
}

export async function hello({ get }: ApiRequest): Promise<{ statusCode: number; body: string }> {
  const name = get?.name?.values?.[0] ?? "you";
  return { statusCode: 200, body: JSON.stringify({ msg: \`Hello \${name}\` }) };
}
`,
  web: `export function page(name: string): string {
  return \`<!doctype html>
<html lang="en">
<title>Hello</title>
<h1>Hello \${name.replace(/[&<>"']/g, (char) => \`&#\${char.charCodeAt(0)};\`)}</h1>
\`;
}
`,
};

const tests: Readonly<Record<ProjectOptions["type"], string>> = {
  srv: `import assert from "node:assert/strict";
import { it } from "node:test";
import { hello } from "../src/hello.js";

it("greets by name", async () => {
  assert.deepEqual(await hello({ name: "John" }), { msg: "Hello John" });
});
`,
  api: `import assert from "node:assert/strict";
import { it } from "node:test";
import { hello } from "../src/hello.js";

it("greets by the name in the query", async () => {
  const { statusCode, body } = await hello({ get: { name: { values: ["John"] } } });
  assert.deepEqual([statusCode, JSON.parse(body)], [200, { msg: "Hello John" }]);
});
`,
  web: `import assert from "node:assert/strict";
import { it } from "node:test";
import { page } from "../src/hello.js";

it("greets by name, and escapes it", () => {
  assert.match(page("John"), /Hello John/);
  assert.doesNotMatch(page("<b>"), /<b>/);
});
`,
};
