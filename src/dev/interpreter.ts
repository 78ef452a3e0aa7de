import { createRequire } from "node:module";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { MicroError } from "../core/errors.js";

/**
 * Returns the command that runs `file`, by its extension.
 * @throws {MicroError} 500 BACKEND_MISSING for TypeScript if neither tsx nor Node itself can run it.
 */
export function commandFor(file: string): readonly string[] {
  const path = resolve(file);
  switch (extname(path)) {
    case ".js":
    case ".mjs":
    case ".cjs":
      return [process.execPath, path];
    case ".ts":
    case ".mts":
      return [process.execPath, ...typescriptLoader(path), path];
    case ".py":
      return ["python3", "-u", path];
    case ".rb":
      return ["ruby", path];
    default:
      return [path];
  }
}

/** Returns the arguments that load tsx from the user's project, otherwise Node's own type stripping. */
function typescriptLoader(path: string): string[] {
  try {
    return ["--import", pathToFileURL(createRequire(path).resolve("tsx")).href];
  } catch (cause) {
    if (process.allowedNodeEnvironmentFlags.has("--experimental-strip-types"))
      return ["--experimental-strip-types"];
    const detail = `run "${path}": this Node runs no TypeScript and tsx is not installed there: npm install tsx`;
    throw new MicroError("go.micro.dev", 500, detail, { reason: "BACKEND_MISSING", cause });
  }
}
