import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { curl } from "../support/bytes/curl.js";
import { needs } from "../support/needs.js";
import { Stage } from "./stage.js";

/** What curl is told, `URL` being where the files are, and what it prints. */
const cases: Readonly<Record<string, readonly [args: string, pattern: RegExp]>> = {
  "a file": ["URL/a.txt", /^0123456789$/],
  "the head of a file": ["-I URL/a.txt", /^HTTP\/\S+ 200.*\ncontent-length: 10\r\n(.*\r\n)*\r\n$/is],
  "a file over HTTP/1.0": ["--http1.0 --no-alpn URL/a.txt", /^0123456789$/],
  "two files on one connection": ["-w %{num_connects} URL/a.txt URL/a.txt", /^0123456789101234567890$/],
  "a file that did not change": ["-w %{http_code} -z 20990101 URL/a.txt", /^304$/],
  "a folder, by its redirect": ["-L -w %{url_effective} URL/sub", /b\.txt.*URL\/sub\/$/s],
  "a name with blanks and bytes": ["URL/k%C3%A4se%20brot.txt", /^cheese$/],
  "a file that is not there": ["-w %{http_code} URL/none.txt", /File not found.*404$/s],
  "a method that it does not know": ["-w %{http_code} -d x URL/a.txt", /Unsupported method.*501$/s],
};

describe("python3 -m http.server", needs("curl", "python3"), () => {
  const folder = mkdtempSync(join(tmpdir(), "micro-files-"));
  const large = randomBytes(3_000_000);
  const stage = new Stage();
  before(async () => {
    await stage.open();
    // the gateway hands the whole path on, the dashboard what follows the name
    for (const root of [folder, join(folder, "files")]) {
      mkdirSync(join(root, "sub"), { recursive: true });
      writeFileSync(join(root, "a.txt"), "0123456789");
      writeFileSync(join(root, "käse brot.txt"), "cheese");
      writeFileSync(join(root, "sub", "b.txt"), "b");
      writeFileSync(join(root, "large.bin"), large);
    }
    const args = ["-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", folder];
    await stage.behind("files", "python3", args, /port (\d+)/);
  });
  after(async () => {
    await stage[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  for (const program of ["gateway", "gateway over TLS", "dashboard", "dashboard over TLS"])
    describe(`behind the ${program}`, () => {
      const base = () => `${stage.program(program).url}/files`;
      for (const [title, [args, pattern]] of Object.entries(cases))
        it(`serves ${title}`, async () => {
          const { code, out } = await curl(...args.split(" ").map((arg) => arg.replace("URL", base())));
          assert.match(out, new RegExp(pattern.source.replace("URL", base()), pattern.flags));
          assert.equal(code, 0);
        });

      it("serves a large file byte for byte", async () => {
        const to = join(folder, "got.bin");
        const { code, out } = await curl("-o", to, `${base()}/large.bin`);
        assert.equal(code, 0, out);
        const digest = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
        assert.equal(digest(readFileSync(to)), digest(large));
      });
    });
});
