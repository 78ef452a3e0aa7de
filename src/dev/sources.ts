import { basename, extname, relative, sep } from "node:path";

const node = [".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx"];
/** Programs keep their state in JSON files, so only these count as sources. */
const settings = /^(package|micro|tsconfig(\..+)?)\.json$/;
const skipped = /^(\..+|node_modules|__pycache__)$/;

/**
 * True for a source of `program`: the file itself, or one in its language in its folder or below. Logs, databases and
 * state files are not, whoever writes them.
 */
export function isSource(path: string, program: string, folder: string): boolean {
  if (path === program) return true;
  if (!isWithin(path, folder)) return false;
  const own = extname(program);
  if (!node.includes(own)) return own !== "" && extname(path) === own;
  return node.includes(extname(path)) || settings.test(basename(path));
}

/** False for files outside of `folder`, and for packages and hidden files in it. */
export function isWithin(path: string, folder: string): boolean {
  const parts = relative(folder, path).split(sep);
  return !parts.some((part) => skipped.test(part));
}
