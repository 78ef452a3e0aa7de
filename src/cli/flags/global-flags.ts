import { Flags, type Interfaces } from "@oclif/core";
import { count, duration, list, oneOf, repeated, text, yesNo } from "./flag-kinds.js";

/** What finds, calls and publishes. */
const parts = {
  registry: text("registry: consul, mdns, etcd or memory (default consul)"),
  registry_address: list("addresses of the registry, tried in order (default 127.0.0.1:8500)"),
  broker: text("broker: http, nats, redis or memory (default http)"),
  broker_address: list("addresses of the broker"),
  transport: text("transport: http, nats or memory (default http)"),
  transport_address: list("addresses of the transport"),
  selector: text("how a node is chosen: cache, random or roundrobin (default cache)"),
  plugin: list("packages or paths loaded before anything else"),
  proxy_address: text("sidecar to go through: HOST[:8081] or URL"),
  client_request_timeout: duration("time for one call (default 5s)"),
  client_retries: count("attempts after the first (default 2)"),
  client_pool_size: count("idle connections kept per node (default 64)"),
  client_pool_ttl: duration("how long an idle connection is kept (default 1m)"),
};

/** How a service of this process presents itself. */
const server = {
  server_name: text("name of the service"),
  server_version: text("version of the service"),
  server_id: text("id of the node; made when absent"),
  server_address: text("address to bind (default 127.0.0.1:0)"),
  server_advertise: text("address to register instead of the one bound"),
  server_metadata: repeated("metadata of the node", { helpValue: "k=v" }),
  register_ttl: duration("time after which a node that is not renewed is out (default 30s)"),
  register_interval: duration("time between renewals (default 10s)"),
  drain_delay: duration("time from deregistering to refusing work (default 2s)"),
  drain_timeout: duration("time for work under way at the end (default 30s)"),
};

/** TLS, tokens and who may do what. */
const security = {
  enable_tls: yesNo("serve over TLS; a certificate and key imply it"),
  tls_cert_file: text("certificate, PEM"),
  tls_key_file: text("key of the certificate, PEM"),
  tls_client_ca_file: text("authority that clients must be signed by, PEM"),
  tls_ca_file: text("authority that servers are checked against, PEM"),
  tls_insecure: yesNo("accept any certificate"),
  token_file: text("file with the token that servers demand and commands send"),
  insecure: yesNo("serve beyond this machine without a token"),
  allowed_hosts: list("host names that requests may be sent to"),
  allow_address: list("networks that calls by address may reach", "CIDR"),
  trusted_proxies: list("networks whose forwarded headers are believed", "CIDR"),
  connections_per_client: count("connections that one client may hold (default 256)", { least: 1 }),
};

/** The programs. */
const programs = {
  api_address: text("address of the api (default 127.0.0.1:8080)"),
  api_handler: oneOf("how the api handles paths (default api)", ["api", "proxy"]),
  api_namespace: text("namespace of services behind the api (default go.micro.api)"),
  api_cors: list("origins that may use the api from a browser"),
  api_allow: list("services that /rpc of the api may reach", "GLOB"),
  sidecar_address: text("address of the sidecar (default 127.0.0.1:8081)"),
  sidecar_cors: list("origins that may use the sidecar from a browser"),
  web_address: text("address of the web dashboard (default 127.0.0.1:8082)"),
  web_namespace: text("namespace of web apps (default go.micro.web)"),
  web_cors: list("origins that may use the dashboard's data from a browser"),
  web_admin: yesNo("allow acts that change state in the dashboard"),
  web_apps_address: text("address of its own for proxied web apps"),
  proxy_idle_timeout: duration("how long a proxied answer or WebSocket may be silent (default 2m)"),
  proxy_upload_timeout: duration("time for a whole proxied upload (default no limit)"),
  agent_address: text("address of the embedded registry (default 127.0.0.1:8500)"),
  enable_stats: yesNo("serve /stats"),
};

/** How this run of the command line talks. */
const talk = {
  context: text("named set of addresses to use"),
  json: yesNo("print JSON"),
  plain: yesNo("print plain text also on a terminal"),
  quiet: yesNo("say nothing but the result", "q"),
  debug: yesNo("show stacks of errors, and what happens"),
  no_color: yesNo("print without colour"),
  no_input: yesNo("never ask"),
  yes: yesNo("answer yes to questions", "y"),
  timeout: duration("time for the whole command"),
  anonymous: Flags.boolean({ summary: "send no token: set where a folder chose the address", hidden: true }),
};

/** The flags of every command, before or after it; each reads its variable `MICRO_…`. */
export const globalFlags = { ...parts, ...server, ...security, ...programs, ...talk };

/** The same by group, for help. */
export const globalFlagGroups = {
  OUTPUT: talk,
  PARTS: parts,
  SERVER: server,
  SECURITY: security,
  PROGRAMS: programs,
};

/** The values of the global flags, parsed. */
export type GlobalFlags = Interfaces.InferredFlags<typeof globalFlags>;
