let guarded = false;

/**
 * Returns standard error, created on first use. Write errors, as on a full disk, are ignored: they must not end a
 * command.
 */
export function standardError(): NodeJS.WriteStream {
  if (!guarded) process.stderr.on("error", () => {});
  guarded = true;
  return process.stderr;
}
