import cluster from "node:cluster";

/**
 * For a port that the registry names: the workers of a cluster (`node:cluster`, PM2) share what they bind otherwise, and
 * one of them gets what is meant for another.
 */
export const ownPort = { exclusive: true } as const;

/** What the error for a port that is taken says more in a worker of a cluster; empty elsewhere. */
export function sharedByWorkers(): string {
  if (!cluster.isWorker) return "";
  return "; each worker of a cluster needs a port of its own: leave the port out, or give port 0";
}
