import { basename, extname, relative, sep } from "node:path";

const node = [".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx"];
/** JSON is what programs keep their state in: only these files of it say how one runs. */
const settings = /^(package|micro|tsconfig(\..+)?)\.json$/;
const skipped = /^(\..+|node_modules|__pycache__)$/;

/**
 * True for a file that `program` may be made of: itself, and what is written in its language in its folder or beneath.
 * Logs, databases and files of state are none, whoever writes them.
 */
export function isSource(path: string, program: string, folder: string): boolean {
  if (path === program) return true;
  if (!isWithin(path, folder)) return false;
  const own = extname(program);
  if (!node.includes(own)) return own !== "" && extname(path) === own;
  return node.includes(extname(path)) || settings.test(basename(path));
}

/** False for what is outside of `folder`, and for packages and hidden files in it. */
export function isWithin(path: string, folder: string): boolean {
  const parts = relative(folder, path).split(sep);
  return !parts.some((part) => skipped.test(part));
}
