import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { replayAtClient } from "./client-role.js";
import { groups, type Recording, recordings } from "./recorded.js";
import { differences, type Role, replayed, report, skipped } from "./report.js";
import { replayAtServer, WireServer } from "./server-role.js";

const page = new URL("../../docs/interop.md", import.meta.url);
const between = /(<!-- replayed -->\n)([\s\S]*)(<!-- end -->)/;

/** The formatter aligns the columns of tables. */
function unaligned(markdown: string): string {
  return markdown.replace(/ +/g, " ").replace(/-{3,}/g, "---").trim();
}

/** A recording is answered as recorded, or it is on the list of those that are not, with the reason. */
function check(role: Role, file: string, difference: string | undefined): void {
  const reason = differences[role][file];
  if (reason === undefined) assert.equal(difference, undefined);
  else assert.notEqual(difference, undefined, `it is the same now: take it off the list (${reason})`);
}

function each(role: Role, replay: (recording: Recording) => Promise<string | undefined>): void {
  for (const group of groups) {
    const wanted = replayed(group, role);
    for (const recording of recordings(group).filter(({ file }) => wanted.includes(file)))
      it(`${recording.file}: ${recording.description}`, { timeout: 60_000 }, async () => {
        check(role, recording.file, await replay(recording));
      });
  }
}

describe("the server, with recorded requests of Go clients", () => {
  let server: WireServer;
  before(async () => {
    server = await WireServer.start();
  });
  after(() => server[Symbol.asyncDispose]());
  each("server", (recording) => replayAtServer(recording, server.address));
});

describe("the client, with recorded responses of Go servers", () => {
  each("client", replayAtClient);
});

describe("the lists of recordings", () => {
  it("name only files that there are", () => {
    const files = groups.flatMap((group) => recordings(group).map(({ file }) => file));
    const listed = [differences, skipped].flatMap(({ server, client }) =>
      Object.keys({ ...server, ...client }),
    );
    assert.deepEqual(
      listed.filter((file) => !files.includes(file)),
      [],
    );
  });

  it("are in docs/interop.md as they are here (UPDATE_DOCS=1 writes them)", () => {
    const text = readFileSync(page, "utf8");
    const updated = text.replace(
      between,
      (_, start: string, _table: string, end: string) => start + report() + end,
    );
    if (process.env.UPDATE_DOCS === "1") writeFileSync(page, updated);
    else assert.equal(unaligned(text), unaligned(updated));
  });
});
