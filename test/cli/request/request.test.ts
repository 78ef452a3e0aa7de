import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CliError } from "../../../src/cli/errors.js";
import { indented, inline, responseText } from "../../../src/cli/output/response.js";
import { withFields } from "../../../src/cli/request/request-fields.js";
import * as source from "../../../src/cli/request/request-source.js";
import type { Value } from "../../../src/core/service.js";

const { jsonLines } = source;
const never = new AbortController().signal;
const readBody = (from: source.BodySource) => source.readBody(from, never);
const readJson = (from: source.BodySource) => source.readJson(from, never);

function code(expected: string, pattern = /./) {
  return (error: unknown) =>
    error instanceof CliError && error.code === expected && pattern.test(error.message);
}

function value(name: string, type: string, ...values: Value[]): Value {
  return { name, type, values };
}

const type = value(
  "Request",
  "Request",
  value("full_name", "string"),
  value("age", "int64"),
  value("score", "float64"),
  value("active", "bool"),
  value("inner", "Inner", value("ID", "string")),
  value("userId", "string"),
  value("a.b", "string"),
  value("xml:lang", "string"),
  value("tags", "[]string", value("string", "string")),
);

describe("the body of a request", () => {
  it("is the words joined with a space, so that JSON that a shell split works", async () => {
    assert.equal(String(await readBody({ words: ['{"name":', '"John"}'] })), '{"name": "John"}');
    assert.equal(await readBody({ words: [] }), undefined);
  });

  it("comes from a file by @ or --file, and from one place only", async () => {
    const folder = mkdtempSync(join(tmpdir(), "micro-body-"));
    try {
      const file = join(folder, "body.json");
      writeFileSync(file, '{"a":1}');
      assert.equal(String(await readBody({ words: [`@${file}`] })), '{"a":1}');
      assert.equal(String(await readBody({ words: [], file })), '{"a":1}');
      await assert.rejects(readBody({ words: ["{}"], file }), code("USAGE", /twice/));
      await assert.rejects(readBody({ words: ["@/proc/nonexistent"] }), code("USAGE", /ENOENT/));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("is refused over 4 MiB, and taken at 4 MiB", async () => {
    const most = 4 * 1024 * 1024;
    assert.equal((await readBody({ words: ["x".repeat(most)] }))?.length, most);
    await assert.rejects(readBody({ words: ["x".repeat(most + 1)] }), code("TOO_LARGE"));
  });

  it("is any JSON for a call, without a byte order mark, else its position is told with what stands there", async () => {
    const read = (text: string) => readJson({ words: [text] });
    for (const text of ['{"a":9007199254740993}', "[1,2]", '"text"', "null", "1.10"])
      assert.equal(await read(`\uFEFF${text}`), text);
    for (const [text, message] of [
      ["{nope", /position 1: unexpected "n": \{ >>>nope$/],
      ['{"a":', /position 5: unexpected end/],
      ['{"a":1,}', /position 7: unexpected "}"/],
      ['{"name": John}', /position 9: unexpected "J"/],
      ["{'a':1}", /position 1: unexpected "'"/],
      ['["a" "b"]', /position 5: unexpected/],
      ['{"a":"x\ny"}', /position 7: unexpected "\\n"/],
      ['{"a":01}', /position 6: unexpected "1"/],
      ["{} {}", /position 3: unexpected "\{"/],
      ["", /position 0: unexpected end/],
    ] as const)
      await assert.rejects(read(text), code("BAD_JSON", message), text);
  });

  it("is refused where bytes would be replaced to make a text of them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "micro-body-"));
    try {
      const file = join(folder, "latin1.json");
      writeFileSync(file, Buffer.from('{"a":"\xe9"}', "latin1"));
      await assert.rejects(readJson({ words: [], file }), code("BAD_JSON", /not UTF-8/));
      assert.deepEqual(await readBody({ words: [], file }), Buffer.from('{"a":"\xe9"}', "latin1"));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("is read line by line where it is many, wherever the chunks end", async () => {
    const whole = Buffer.from('\uFEFF{"a":"é"}\r\n\n[1]\n"x"');
    for (let size = 1; size < whole.length; size++) {
      async function* chunks() {
        for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size);
      }
      const lines: string[] = [];
      for await (const line of jsonLines(chunks())) lines.push(line.trim());
      assert.deepEqual(lines, ['{"a":"é"}', "[1]", '"x"'], `chunks of ${size}`);
    }
  });

  it("gives the lines before one that is no JSON, also where all of them came at once", async () => {
    async function* chunk() {
      yield Buffer.from("[1]\n[2]\n{nope\n[3]\n");
    }
    const lines: string[] = [];
    const read = async () => {
      for await (const line of jsonLines(chunk())) lines.push(line);
    };
    await assert.rejects(read(), code("BAD_JSON"));
    assert.deepEqual(lines, ["[1]", "[2]"]);
  });
});

describe("the fields of a request", () => {
  it("are typed by the endpoint, and sent by the names that it lists", () => {
    const field = ["full_name=John", "age=9007199254740993", "score=1.5", "active=yes", "inner.ID=7"];
    const expected =
      '{"full_name":"John","age":9007199254740993,"score":1.5,"active":true,"inner":{"ID":"7"}}';
    assert.equal(withFields("{}", { field }, type), expected);
    const named = ["userId=1", "a.b=2", "xml:lang=de", "__proto__=x"];
    const sent = '{"userId":"1","a.b":"2","xml:lang":"de","__proto__":"x"}';
    assert.equal(withFields("{}", { field: named }, type), sent);
  });

  it("are found in another case, with dashes or underscores, where that can be one field only", () => {
    assert.equal(
      withFields("{}", { field: ["FullName=J", "user_id=1"] }, type),
      '{"full_name":"J","userId":"1"}',
    );
    assert.equal(
      withFields("{}", { loose_field: ["user-id=1", "inner.id=2"] }, type),
      '{"userId":"1","inner":{"ID":"2"}}',
    );
    const two = value("Request", "Request", value("userId", "string"), value("user_id", "int64"));
    assert.equal(
      withFields("{}", { field: ["user_id=1", "userId=2", "UserID=3"] }, two),
      '{"user_id":1,"userId":"2","UserID":"3"}',
    );
  });

  it("replace no list, and need an object", () => {
    const set = () => withFields('{"tags":["a"]}', { field: ["tags.x=1"] }, type);
    assert.throws(set, code("SCHEMA_MISMATCH", /"tags" is a list/));
    assert.throws(() => withFields("[1]", { field: ["a=1"] }, type), code("BAD_JSON", /not a JSON object/));
  });

  it("win over the body, and are text where no type is known", () => {
    assert.equal(withFields('{"a":"x","b":1}', { field: ["a=2"] }, null), '{"a":"2","b":1}');
    assert.equal(withFields("{}", { field: ['a:={"b":[1]}'] }, null), '{"a":{"b":[1]}}');
  });

  it("are refused when their text is not of their type", () => {
    assert.throws(() => withFields("{}", { field: ["age=old"] }, type), code("SCHEMA_MISMATCH", /age "old"/));
    assert.throws(() => withFields("{}", { field: ["active=2"] }, type), code("SCHEMA_MISMATCH"));
    assert.throws(() => withFields("{}", { field: ["a:={"] }, type), code("BAD_JSON"));
    assert.throws(() => withFields("{}", { field: ["=x"] }, type), code("BAD_FLAG_VALUE"));
  });

  it("given as --name must be fields of the endpoint", () => {
    assert.equal(withFields("{}", { loose_field: ["age=7"] }, type), '{"age":7}');
    const listing = code("UNKNOWN_FLAG", /--agee \(fields: full_name, age, score, active, inner,/);
    assert.throws(() => withFields("{}", { loose_field: ["agee=7"] }, type), listing);
    assert.throws(
      () => withFields("{}", { loose_field: ["a=7"] }, null),
      code("UNKNOWN_FLAG", /lists no fields/),
    );
  });

  it("reach no prototype", () => {
    withFields("{}", { field: ["__proto__.polluted=1", "constructor.prototype.polluted=1"] }, null);
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });
});

describe("a response", () => {
  it("keeps its digits and order", () => {
    const text = '{"b":9007199254740993,"a":1.10,"list":[1,{}]}';
    assert.equal(inline(indented(text)), text);
    assert.equal(indented('{"msg":"x"}'), '{\n\t"msg": "x"\n}');
  });

  it("that is no JSON is an error", () => {
    assert.equal(responseText(Buffer.from('{"a":1}\n')), '{"a":1}');
    assert.equal(responseText(Buffer.alloc(0)), "{}");
    assert.throws(() => responseText(Buffer.from("<html>")), /not JSON: <html>/);
  });
});
