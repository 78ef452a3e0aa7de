import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { FileLock } from "../../../src/core/files/file-lock.js";

describe("a lock on a file", () => {
  it("is taken over from a dead process, even after the clock was set back", async () => {
    const folder = await mkdtemp(join(tmpdir(), "micro-lock-"));
    for (const hours of [-1, 1]) {
      const left = join(folder, "config.json.lock.1.left");
      await writeFile(left, "");
      const date = new Date(Date.now() + hours * 3_600_000);
      await utimes(left, date, date);
      using _ = await FileLock.take(join(folder, "config.json"), AbortSignal.timeout(5000));
    }
    await rm(folder, { recursive: true });
  });
});
