// A registry in a folder, with one JSON file per node. For programs or machines that share the folder.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds between two reads of the folder. */
const period = 100;

/** Names and ids that other registries cannot store, so that services can move there. */
const unreadable = /^$|\p{Cc}|\p{Cs}|\/\/|^\/|\/$|(^|\/)\.{1,2}(\/|$)/u;

class FileRegistry {
  name = "file";
  #folder;
  #closed = new AbortController();

  constructor(folder) {
    this.#folder = folder;
  }

  async register(service, { ttl, signal } = {}) {
    signal?.throwIfAborted();
    if (service.nodes.length === 0) throw failure(400, `register "${service.name}": no node`);
    for (const name of [service.name, ...service.nodes.map(({ id }) => id)]) requireReadable(name);
    await mkdir(this.#folder, { recursive: true });
    const expires = ttl === undefined ? undefined : Date.now() + ttl;
    for (const node of service.nodes) {
      const path = this.#path(service, node);
      const next = `${path}.${process.pid}`;
      await writeFile(
        next,
        JSON.stringify({ expires, service: { ...service, metadata: {}, nodes: [node] } }),
      );
      await rename(next, path);
    }
  }

  async deregister(service, { signal } = {}) {
    signal?.throwIfAborted();
    for (const node of service.nodes) await rm(this.#path(service, node), { force: true });
  }

  async getService(name, { signal } = {}) {
    signal?.throwIfAborted();
    const versions = (await this.#versions()).filter((service) => service.name === name);
    if (versions.length === 0) throw failure(404, `get service "${name}": not registered`);
    return versions;
  }

  async listServices({ signal } = {}) {
    signal?.throwIfAborted();
    const names = new Set((await this.#versions()).map(({ name }) => name));
    return [...names].sort().map((name) => ({ name, version: "", metadata: {}, endpoints: [], nodes: [] }));
  }

  async *watch({ service, signal, onReach } = {}) {
    if (service !== undefined) requireReadable(service);
    const stop = AbortSignal.any(signal ? [signal, this.#closed.signal] : [this.#closed.signal]);
    let known = new Map();
    while (!stop.aborted) {
      try {
        const all = (await this.#versions()).filter(({ name }) => service === undefined || name === service);
        const now = new Map(all.map((each) => [`${each.name} ${each.version}`, each]));
        onReach?.();
        for (const change of changes(known, now)) if (!stop.aborted) yield change;
        known = now;
      } catch (error) {
        onReach?.(error);
      }
      await sleep(period, undefined, { signal: stop }).catch(() => {});
    }
  }

  async close() {
    this.#closed.abort();
  }

  [Symbol.asyncDispose]() {
    return this.close();
  }

  /** A file name that any file system accepts. */
  #path({ name }, { id }) {
    return join(this.#folder, `${createHash("sha256").update(`${name} ${id}`).digest("hex")}.json`);
  }

  /** The registered, unexpired entries: one service per name and version, with all its nodes. */
  async #versions() {
    const entries = await Promise.all((await this.#files()).map((file) => read(join(this.#folder, file))));
    const versions = new Map();
    for (const { expires, service } of entries.sort((a, b) => order(a).localeCompare(order(b)))) {
      if (service === undefined || expires < Date.now()) continue;
      const key = `${service.name} ${service.version}`;
      versions.set(key, { ...service, nodes: [...(versions.get(key)?.nodes ?? []), ...service.nodes] });
    }
    return [...versions.values()];
  }

  async #files() {
    try {
      return (await readdir(this.#folder)).filter((file) => file.endsWith(".json"));
    } catch (error) {
      if (error.code === "ENOENT") return [];
      throw failure(503, `read "${this.#folder}": ${error.message}`);
    }
  }
}

function requireReadable(name) {
  if (unreadable.test(name)) throw failure(400, `${JSON.stringify(name)}: no name or id`);
}

/** Reads an entry. Empty if the file was removed in the meantime. */
async function read(path) {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return {};
    throw failure(503, `read "${path}": ${error.message}`);
  }
}

function order({ service }) {
  return service === undefined ? "" : `${service.version} ${service.nodes[0].id}`;
}

function* changes(known, now) {
  for (const [key, service] of now) {
    const before = known.get(key);
    if (before === undefined) yield { action: "create", service };
    else if (JSON.stringify(before) !== JSON.stringify(service)) yield { action: "update", service };
  }
  for (const [key, service] of known) if (!now.has(key)) yield { action: "delete", service };
}

/** Marks an error as one of the toolkit, so that a plugin need not import the class. */
function failure(code, detail) {
  const status = { 400: "Bad Request", 404: "Not Found", 503: "Service Unavailable" }[code];
  const reason = { 404: "SERVICE_NOT_FOUND", 503: "REGISTRY_UNREACHABLE" }[code];
  const error = Object.assign(new Error(detail), { id: "go.micro.registry", code, detail, status, reason });
  return Object.defineProperty(error, Symbol.for("micro.error"), { value: true });
}

let folder;

export default {
  name: "file",
  flags: { registry_folder: { summary: "folder of the file registry" } },
  configure: ({ registry_folder }) => {
    folder = registry_folder;
  },
  registry: ({ addresses = [] }) =>
    new FileRegistry(addresses[0] ?? folder ?? join(tmpdir(), "micro-registry")),
};
