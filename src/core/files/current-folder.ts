/** The folder that the process is in; undefined where somebody deleted it. */
export function currentFolder(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}
