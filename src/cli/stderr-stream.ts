let guarded = false;

/** Standard error, made at first use. What it does not take, as on a full disk, is lost: that ends no command. */
export function standardError(): NodeJS.WriteStream {
  if (!guarded) process.stderr.on("error", () => {});
  guarded = true;
  return process.stderr;
}
