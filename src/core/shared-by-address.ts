/**
 * What the memory parts of one process meet in, by their first address: those that are opened with the same one share
 * it, and so do all that are opened without one. It lasts as long as the process.
 */
export function sharedByAddress<T>(make: () => T): (addresses?: readonly string[]) => T {
  const made = new Map<string, T>();
  return ([address = ""] = []) => {
    const known = made.get(address);
    if (known !== undefined) return known;
    const shared = make();
    made.set(address, shared);
    return shared;
  };
}
