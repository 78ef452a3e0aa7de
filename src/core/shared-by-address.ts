/**
 * Returns a lookup of state that in-memory backends of one process share, by their first address. All that are opened
 * without an address share one state, too. The state lasts as long as the process.
 */
export function sharedByAddress<T>(make: () => T): (addresses?: readonly string[]) => T {
  const byAddress = new Map<string, T>();
  return ([address = ""] = []) => {
    const known = byAddress.get(address);
    if (known !== undefined) return known;
    const shared = make();
    byAddress.set(address, shared);
    return shared;
  };
}
