/** How the text of a setting is parsed. `Values` in values.ts has the results. */
export type Kind =
  | "text"
  | "choice"
  | "address"
  | "host"
  | "list"
  | "pairs"
  | "duration"
  | "count"
  | "boolean";

/**
 * One setting. Its name is that of its flag and of its key in `micro.json`; its variable is `MICRO_` and the name in
 * capitals.
 */
export interface Setting {
  readonly kind: Kind;
  /** Description for help, without default and names. */
  readonly help: string;
  /** Value if nothing is given, as text. */
  readonly default?: string;
  /** Built-in names, in addition to those of plugins. Of a choice: all allowed values. */
  readonly names?: readonly string[];
  /** `all`: read by services and by commands. Otherwise by commands alone. */
  readonly readBy?: "all";
  /**
   * True if a `micro.json` may set it in a folder that the user has not trusted, because it cannot load code, open a
   * port or drop a check.
   */
  readonly harmless?: true;
  /** 1: a count or duration of 0 is refused. Default: it is allowed. */
  readonly least?: 1;
  readonly char?: "q" | "y";
  /** What help shows in place of the value. */
  readonly placeholder?: string;
  readonly hidden?: true;
}

const readBy = "all";
const harmless = true;

/** Registry, broker, transport, selector, client. */
const parts = {
  registry: {
    kind: "text",
    help: "registry",
    names: ["consul", "mdns", "etcd", "memory"],
    default: "consul",
    readBy,
    harmless,
  },
  registry_address: {
    kind: "list",
    help: "addresses of the registry, tried in order",
    default: "127.0.0.1:8500",
    readBy,
    harmless,
  },
  broker: {
    kind: "text",
    help: "broker",
    names: ["http", "nats", "redis", "memory"],
    default: "http",
    readBy,
    harmless,
  },
  broker_address: { kind: "list", help: "addresses of the broker", readBy, harmless },
  transport: {
    kind: "text",
    help: "transport",
    names: ["http", "nats", "memory"],
    default: "http",
    readBy,
    harmless,
  },
  transport_address: { kind: "list", help: "addresses of the transport", readBy, harmless },
  selector: {
    kind: "text",
    help: "how a node is chosen; cache and default, names of Go Micro, take the less busy of two",
    names: ["cache", "default", "random", "roundrobin"],
    default: "cache",
    readBy,
    harmless,
  },
  plugin: { kind: "list", help: "packages or paths loaded before anything else", readBy },
  proxy_address: { kind: "text", help: "sidecar to go through: HOST[:8081] or URL", harmless },
  client_request_timeout: {
    kind: "duration",
    help: "time for one call",
    default: "5s",
    least: 1,
    readBy,
    harmless,
  },
  client_retries: {
    kind: "count",
    help: "attempts after the first; of streams, to open one",
    default: "2",
    readBy,
    harmless,
  },
  client_pool_size: {
    kind: "count",
    help: "idle connections kept per node",
    default: "64",
    readBy,
    harmless,
  },
  client_pool_ttl: {
    kind: "duration",
    help: "how long an idle connection to a node is kept",
    default: "1m",
    readBy,
    harmless,
  },
  forward_headers: {
    kind: "list",
    help: "credentials that calls of a handler carry on, such as Authorization",
    readBy,
  },
} as const satisfies Record<string, Setting>;

/** How a service of this process presents itself. */
const server = {
  server_name: { kind: "text", help: "name of the service", readBy, harmless },
  server_version: { kind: "text", help: "version of the service", default: "1.0.0", readBy, harmless },
  server_id: { kind: "text", help: "id of the node; made when absent", readBy, harmless },
  server_address: { kind: "address", help: "address to bind", default: "127.0.0.1:0", readBy },
  server_advertise: { kind: "host", help: "address to register instead of the one bound", readBy },
  server_metadata: { kind: "pairs", help: "metadata of the node", readBy, harmless },
  register_ttl: {
    kind: "duration",
    help: "time after which a node that is not renewed is out; 0 is never",
    default: "30s",
    readBy,
    harmless,
  },
  register_interval: {
    kind: "duration",
    help: "time between renewals; 0 renews only what was lost",
    default: "10s",
    readBy,
    harmless,
  },
  drain_delay: {
    kind: "duration",
    help: "time from deregistering to refusing work",
    default: "2s",
    readBy,
    harmless,
  },
  drain_timeout: {
    kind: "duration",
    help: "time for work in flight at the end",
    default: "30s",
    readBy,
    harmless,
  },
} as const satisfies Record<string, Setting>;

/** TLS, tokens and permissions. */
const security = {
  enable_tls: { kind: "boolean", help: "serve over TLS; a certificate and key imply it", readBy },
  tls_cert_file: { kind: "text", help: "certificate, PEM", readBy },
  tls_key_file: { kind: "text", help: "key of the certificate, PEM", readBy },
  tls_client_ca_file: { kind: "text", help: "authority that clients must be signed by, PEM", readBy },
  tls_ca_file: { kind: "text", help: "authority that servers are checked against, PEM", readBy },
  tls_insecure: { kind: "boolean", help: "accept any certificate", readBy },
  token_file: { kind: "text", help: "file with the token that servers demand and commands send" },
  insecure: { kind: "boolean", help: "serve beyond this machine without a token" },
  allowed_hosts: { kind: "list", help: "host names that requests may be sent to" },
  allow_address: { kind: "list", help: "networks that calls by address may reach", placeholder: "CIDR" },
  trusted_proxies: {
    kind: "list",
    help: "networks whose forwarded headers are believed",
    placeholder: "CIDR",
  },
  connections_per_client: {
    kind: "count",
    help: "connections that one client may hold",
    default: "256",
    least: 1,
  },
} as const satisfies Record<string, Setting>;

/** The programs. */
const programs = {
  api_address: { kind: "text", help: "address of the api", default: "127.0.0.1:8080" },
  api_handler: {
    kind: "choice",
    help: "how the api handles paths",
    names: ["api", "proxy"],
    default: "api",
  },
  api_namespace: {
    kind: "text",
    help: "namespace of services behind the api",
    default: "go.micro.api",
    harmless,
  },
  api_cors: { kind: "list", help: "origins that may use the api from a browser" },
  api_allow: { kind: "list", help: "services that /rpc of the api may reach", placeholder: "GLOB" },
  sidecar_address: { kind: "text", help: "address of the sidecar", default: "127.0.0.1:8081" },
  sidecar_cors: { kind: "list", help: "origins that may use the sidecar from a browser" },
  web_address: { kind: "text", help: "address of the web dashboard", default: "127.0.0.1:8082" },
  web_namespace: { kind: "text", help: "namespace of web apps", default: "go.micro.web", harmless },
  web_cors: { kind: "list", help: "origins that may use the dashboard's data from a browser" },
  web_admin: { kind: "boolean", help: "allow acts that change state in the dashboard" },
  web_apps_address: { kind: "text", help: "address of its own for proxied web apps" },
  proxy_idle_timeout: {
    kind: "duration",
    help: "how long a proxied answer or WebSocket may be silent",
    default: "2m",
    least: 1,
  },
  proxy_upload_timeout: {
    kind: "duration",
    help: "time for a whole proxied upload (default no limit)",
    least: 1,
  },
  agent_address: { kind: "text", help: "address of the embedded registry", default: "127.0.0.1:8500" },
  enable_stats: { kind: "boolean", help: "serve /stats" },
} as const satisfies Record<string, Setting>;

/** Input and output of the command line. */
const output = {
  context: { kind: "text", help: "named set of addresses to use" },
  json: { kind: "boolean", help: "print JSON", harmless },
  plain: { kind: "boolean", help: "print plain text also on a terminal", harmless },
  quiet: { kind: "boolean", help: "say nothing but the result", char: "q" },
  debug: { kind: "boolean", help: "show stacks of errors, and what happens" },
  no_color: { kind: "boolean", help: "print without colour", harmless },
  no_input: { kind: "boolean", help: "never ask", harmless },
  yes: { kind: "boolean", help: "answer yes to questions", char: "y" },
  timeout: { kind: "duration", help: "time for the whole command", least: 1, harmless },
  anonymous: {
    kind: "boolean",
    help: "send no token: set where a folder chose the address",
    hidden: true,
  },
} as const satisfies Record<string, Setting>;

/** Every setting, by name: flags, variables, keys of `micro.json`, help and docs/settings.md come from here. */
export const settings = { ...parts, ...server, ...security, ...programs, ...output };

/** The same, in the groups of help. */
export const settingGroups = {
  OUTPUT: output,
  PARTS: parts,
  SERVER: server,
  SECURITY: security,
  PROGRAMS: programs,
};

export type SettingName = keyof typeof settings;

/** The settings that a service reads. */
export type ServiceSettingName = {
  [Name in SettingName]: (typeof settings)[Name] extends { readBy: "all" } ? Name : never;
}[SettingName];

/** The names of the settings that a service reads. */
export const serviceSettings = Object.keys(settings).filter(isServiceSetting);

export function isServiceSetting(name: string): name is ServiceSettingName {
  const all: Readonly<Record<string, Setting>> = settings;
  return Object.hasOwn(all, name) && all[name]?.readBy === "all";
}
