// Fails for a promise returned without `await` where something is disposed when the function returns (`await using`,
// `using`, `finally`): it would be closed while the promise still needs it.
import { readdirSync } from "node:fs";
import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("..", import.meta.url));
const folders = process.argv.length > 2 ? process.argv.slice(2) : ["src", "examples", "test"];

const files = folders.flatMap((folder) =>
  readdirSync(resolve(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith(".d.ts") && !file.includes("node_modules"))
    .map((file) => resolve(root, folder, file)),
);
const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
const program = ts.createProgram(files, { ...options, noEmit: true });
const checker = program.getTypeChecker();
const found = [];

/** True for a block that disposes of something at its end. */
function disposes(node) {
  if (ts.isTryStatement(node)) return node.finallyBlock !== undefined;
  if (ts.isForStatement(node) || ts.isForOfStatement(node)) return isUsing(node.initializer);
  return statementsOf(node).some(
    (statement) => ts.isVariableStatement(statement) && isUsing(statement.declarationList),
  );
}

function statementsOf(node) {
  if (ts.isCaseBlock(node)) return node.clauses.flatMap(({ statements }) => [...statements]);
  return ts.isBlock(node) || ts.isSourceFile(node) ? node.statements : [];
}

function isUsing(node) {
  return node !== undefined && (node.flags & ts.NodeFlags.Using) === ts.NodeFlags.Using;
}

/** True if the expression may be a promise, also as one member of a union. */
function isPromise(expression) {
  const type = checker.getTypeAtLocation(expression);
  const members = type.isUnion() ? type.types : [type];
  return members.some((member) => checker.getPropertyOfType(member, "then") !== undefined);
}

/** `risky`: a return from here would dispose of something. */
function visit(node, risky) {
  if (ts.isReturnStatement(node) && node.expression && risky && isPromise(node.expression)) {
    const file = node.getSourceFile();
    const { line } = file.getLineAndCharacterOfPosition(node.getStart());
    found.push(`${relative(root, file.fileName)}:${line + 1}: ${node.getText().split("\n")[0]}`);
  }
  const inside = ts.isFunctionLike(node) ? false : risky || disposes(node);
  ts.forEachChild(node, (child) =>
    visit(child, inside && !(ts.isTryStatement(node) && child === node.finallyBlock && !risky)),
  );
}

for (const file of program.getSourceFiles()) if (files.includes(file.fileName)) visit(file, false);
for (const place of found)
  console.error(`${place}\n  return await: what it needs is disposed of when this returns`);
if (found.length > 0) process.exitCode = 1;
