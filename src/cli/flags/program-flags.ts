import { count, duration, repeated, text, yesNo } from "./flag-kinds.js";

/** The flags that `api` and `sidecar` add to the global ones. `dev` has those of both. */
const front = { no_fast_front: yesNo("read every request with Node's own parser") };

export const apiFlags = {
  requests_per_second: count("requests that one client may make in a second (default no limit)"),
  ...front,
};

/** The application next to a sidecar. */
export const sidecarFlags = {
  server_name: text("name of the application beside it"),
  server_address: text("address of the application beside it"),
  healthcheck_url: text("URL that answers 200 while the application is well"),
  healthcheck_interval: duration("time between two checks (default 10s)", { least: 1 }),
  healthcheck_timeout: duration("time for an answer of the check (default 2s)", { least: 1 }),
  healthcheck_failures: count("failed checks in a row after which it is deregistered (default 3)"),
  healthcheck_successes: count("good checks in a row after which it is registered again (default 2)"),
  ...front,
};

/** The sidecar's own node. Typed as `--server_*` before the word `sidecar`. */
export const sidecarSelfFlags = {
  self_server_name: text("name of the sidecar's own service", { hidden: true }),
  self_server_version: text("version of the sidecar's own service", { hidden: true }),
  self_server_id: text("id of the sidecar's own node", { hidden: true }),
  self_server_address: text("address of the sidecar's own node", { hidden: true }),
  self_server_advertise: text("address registered for the sidecar's own node", { hidden: true }),
  self_server_metadata: repeated("metadata of the sidecar's own node", { hidden: true }),
};
