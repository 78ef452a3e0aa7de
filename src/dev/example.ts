import { existsSync, readdirSync } from "node:fs";
import { basename } from "node:path";
import { MicroError } from "../core/errors.js";
import { packageFile } from "../core/files/package-file.js";

/** The examples as the build leaves them in the package. */
const folder = `${packageFile("dist/examples")}/`;
/** The parts of an example that are services, in the order of starting. */
const parts = ["srv", "api", "web"];

/** The names under which the files of an example register. */
export function exampleServices(name: string): readonly string[] {
  return exampleFiles(name).map((file) => `go.micro.${basename(file, ".js")}.${name}`);
}

/** The service files of an example that the package ships. @throws {MicroError} 404 with the names that there are. */
export function exampleFiles(name: string): readonly string[] {
  const files = parts.map((part) => `${folder}${name}/${part}.js`).filter((file) => existsSync(file));
  if (/^[a-z]+$/.test(name) && files.length > 0) return files;
  const known = existsSync(folder)
    ? `not one of ${readdirSync(folder).join(", ")}`
    : "none is built: npm run build";
  throw new MicroError("go.micro.dev", 404, `example "${name}": ${known}`, { reason: "USAGE" });
}
