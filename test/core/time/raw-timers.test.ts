import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import ts from "typescript";

/** Timers by the place of their delay among the arguments. */
const globals: Readonly<Record<string, number>> = { setTimeout: 1, setInterval: 1 };

/** The timers that wait for as long as something outside of the file says. */
function unbounded(path: string): string[] {
  const text = readFileSync(path, "utf8");
  if (!/setTimeout|setInterval|timers\/promises|AbortSignal\.timeout/.test(text)) return [];
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const constants = new Map<string, ts.Expression>();
  const timers = new Map(Object.entries(globals));
  const found: string[] = [];
  const collect = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.initializer && ts.isIdentifier(node.name))
      if ((node.parent.flags & ts.NodeFlags.Const) !== 0) constants.set(node.name.text, node.initializer);
    if (ts.isImportDeclaration(node) && /timers\/promises/.test(node.moduleSpecifier.getText()))
      for (const name of namesOf(node)) timers.set(name.name.text, delayOf(name));
    if (ts.isImportDeclaration(node))
      for (const [name, value] of importedConstants(node, path)) constants.set(name, value);
    ts.forEachChild(node, collect);
  };
  const check = (node: ts.Node): void => {
    const place = ts.isCallExpression(node) ? placeOf(node, timers) : undefined;
    if (ts.isCallExpression(node) && place !== undefined) {
      const delay = node.arguments[place];
      const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      if (delay && !isBounded(delay, constants))
        found.push(`${path}:${line}: ${node.getText().split("\n")[0]}`);
    }
    ts.forEachChild(node, check);
  };
  collect(file);
  check(file);
  return found;
}

/** Constants of other files of the toolkit, as what they are there. */
function importedConstants(node: ts.ImportDeclaration, path: string): [string, ts.Expression][] {
  const [, module = ""] = /^"(\..*)\.js"$/.exec(node.moduleSpecifier.getText()) ?? [];
  if (module === "") return [];
  const file = join(dirname(path), `${module}.ts`);
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  const declared = source.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => [...declarationList.declarations]);
  return namesOf(node).flatMap(({ name, propertyName = name }) => {
    const found = declared.find((each) => each.name.getText() === propertyName.text)?.initializer;
    return found && ts.isNumericLiteral(found) ? [[name.text, found] as [string, ts.Expression]] : [];
  });
}

function namesOf({ importClause }: ts.ImportDeclaration): readonly ts.ImportSpecifier[] {
  const bindings = importClause?.namedBindings;
  return bindings && ts.isNamedImports(bindings) ? bindings.elements : [];
}

/** Of `setTimeout` from `node:timers/promises`; `setImmediate` there has none. */
function delayOf({ name, propertyName = name }: ts.ImportSpecifier): number {
  return propertyName.text === "setImmediate" ? Number.POSITIVE_INFINITY : 0;
}

function placeOf({ expression }: ts.CallExpression, timers: ReadonlyMap<string, number>): number | undefined {
  if (ts.isIdentifier(expression)) return timers.get(expression.text);
  return expression.getText() === "AbortSignal.timeout" ? 0 : undefined;
}

/** True for a delay that the file itself keeps small: numbers, its own constants, and what `Math.min` holds below them. */
function isBounded(node: ts.Expression, constants: ReadonlyMap<string, ts.Expression>): boolean {
  const every = (parts: readonly ts.Expression[]) => parts.every((part) => isBounded(part, constants));
  if (ts.isNumericLiteral(node)) return true;
  if (ts.isParenthesizedExpression(node)) return every([node.expression]);
  if (ts.isBinaryExpression(node)) return every([node.left, node.right]);
  if (ts.isConditionalExpression(node)) return every([node.whenTrue, node.whenFalse]);
  if (ts.isIdentifier(node)) {
    const value = constants.get(node.text);
    return value !== undefined && value !== node && isBounded(value, constants);
  }
  if (!ts.isCallExpression(node)) return false;
  const called = node.expression.getText();
  if (called === "Math.random") return true;
  if (called === "Math.max") return every(node.arguments);
  return called === "Math.min" && node.arguments.some((part) => isBounded(part, constants));
}

describe("the timers of the toolkit", () => {
  it("are the clock's wherever a setting, a request or a peer says how long: Node's make 1 ms of 25 days", () => {
    const files = readdirSync("src", { recursive: true, encoding: "utf8" });
    const paths = files.filter((file) => file.endsWith(".ts") && file !== "core/time/clock.ts");
    assert.notEqual(paths.length, 0);
    assert.deepEqual(
      paths.flatMap((path) => unbounded(`src/${path}`)),
      [],
    );
  });
});
