import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isSource } from "../../src/dev/sources.js";

const cases: readonly (readonly [program: string, sources: readonly string[], others: readonly string[]])[] =
  [
    [
      "/p/users/m.ts",
      [
        ...["m.ts", "db.js", "lib/deep/x.mjs", "view.tsx", "y.cts", "package.json", "micro.json"],
        ...["tsconfig.json", "tsconfig.build.json"],
      ],
      [
        ...["dev.log", "data.db", "data.db-journal", "state.json", "events", "m.py", "README.md", "m.js.tmp"],
        ...["node_modules/a/index.js", ".git/hooks/x.js", ".#m.ts", "../users-admin/m.ts", "../m.ts", ".."],
      ],
    ],
    [
      "/p/users/m.py",
      ["m.py", "lib/db.py"],
      ["m.js", "package.json", "__pycache__/m.py", ".venv/lib/a.py", "m.pyc"],
    ],
    ["/p/users/m.rb", ["m.rb", "lib/db.rb"], ["m.js", "log/development.log"]],
    ["/p/users/server", ["server"], ["server.log", "other", "lib/server"]],
    ["/p/users/run.sh", ["run.sh", "env.sh"], ["run.log"]],
    ["/p/node_modules/.bin/a.js", ["a.js", "b.js"], ["node_modules/c.js"]],
    ["/p/users/.hidden.js", [".hidden.js", "b.js"], [".other.js"]],
  ];

describe("a source of a program", () => {
  for (const [program, sources, others] of cases) {
    const folder = program.slice(0, program.lastIndexOf("/"));
    const is = (path: string) => isSource(new URL(path, `file://${folder}/`).pathname, program, folder);
    it(`of ${program} is what is written in its language in its folder`, () => {
      assert.deepEqual(sources.filter(is), sources);
      assert.deepEqual(others.filter(is), []);
    });
  }
});
