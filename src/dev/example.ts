import { existsSync, readdirSync } from "node:fs";
import { basename } from "node:path";
import { MicroError } from "../core/errors.js";
import { packageFile } from "../core/files/package-file.js";

/** Folder of the built examples in the package. */
const folder = `${packageFile("dist/examples")}/`;
/** The services of an example, in the order in which they are started. */
const parts = ["srv", "api", "web"];

/** Returns the service names of an example. */
export function exampleServices(name: string): readonly string[] {
  return exampleFiles(name).map((file) => `go.micro.${basename(file, ".js")}.${name}`);
}

/** Returns the service files of an example. @throws {MicroError} 404, with the names of the examples. */
export function exampleFiles(name: string): readonly string[] {
  const files = parts.map((part) => `${folder}${name}/${part}.js`).filter((file) => existsSync(file));
  if (/^[a-z]+$/.test(name) && files.length > 0) return files;
  const known = existsSync(folder)
    ? `not one of ${readdirSync(folder).join(", ")}`
    : "none is built: npm run build";
  throw new MicroError("go.micro.dev", 404, `example "${name}": ${known}`, { reason: "USAGE" });
}
