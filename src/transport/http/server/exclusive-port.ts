import cluster from "node:cluster";

/**
 * Listen options for a port that is registered. By default, the workers of a cluster (`node:cluster`, PM2) share a
 * port, and calls meant for one worker would reach another.
 */
export const exclusivePort = { exclusive: true } as const;

/** A hint for the error of a taken port, in a cluster worker. Empty elsewhere. */
export function sharedByWorkers(): string {
  if (!cluster.isWorker) return "";
  return "; each worker of a cluster needs a port of its own: leave the port out, or give port 0";
}
