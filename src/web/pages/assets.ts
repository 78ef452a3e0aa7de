import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import type { FastifyInstance } from "fastify";
import { MicroError } from "../../core/errors.js";
import { packageFile } from "../../core/files/package-file.js";

/** The built front end: one page, and its assets. */
export interface Assets {
  readonly page: Buffer;
  readonly files: ReadonlyMap<string, Asset>;
}

interface Asset {
  readonly type: string;
  readonly bytes: Buffer;
}

const types: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Reads all files at the start, so that URLs never reach the file system. @throws {MicroError} 500 when not built. */
export async function readAssets(): Promise<Assets> {
  const folder = packageFile("dist/ui");
  if (!existsSync(join(folder, "index.html")))
    throw new MicroError("go.micro.web", 500, "dashboard: not built (npm run build)", { reason: "IO_ERROR" });
  const entries = await readdir(join(folder, "-"), { withFileTypes: true });
  const named = entries.filter((entry) => entry.isFile() && types[extname(entry.name)] !== undefined);
  const files = new Map<string, Asset>();
  for (const { name } of named)
    files.set(`/-/${name}`, {
      type: types[extname(name)] ?? "",
      bytes: await readFile(join(folder, "-", name)),
    });
  return { page: await readFile(join(folder, "index.html")), files };
}

/** Adds a route per file. Names contain a hash of the content, so responses can be cached for ever. */
export async function assetRoutes(app: FastifyInstance, { files }: Assets): Promise<void> {
  for (const [path, { type, bytes }] of files)
    app.get(path, async (_, reply) =>
      reply.type(type).header("Cache-Control", "public, max-age=31536000, immutable").send(bytes),
    );
}
