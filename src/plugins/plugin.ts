import type { FastifyInstance } from "fastify";
import type { Broker } from "../broker/broker.js";
import type { BrokerOptions } from "../broker/index.js";
import type { Client } from "../client/client.js";
import type { Codec } from "../codec/codec.js";
import type { Registry, RegistryOptions } from "../registry/index.js";
import type { Strategy } from "../selector/selector.js";
import type { Handler } from "../server/server.js";
import type { Transport, TransportOptions } from "../transport/index.js";

/** What a name on a flag stands for. */
export interface Parts {
  readonly registry: Registry;
  readonly transport: Transport;
  readonly broker: Broker;
  readonly selector: Strategy;
  readonly codec: Codec;
}

export type PartKind = keyof Parts;

/** What each part is opened with. */
export interface PartOptions {
  readonly registry: RegistryOptions;
  readonly transport: TransportOptions;
  readonly broker: BrokerOptions;
  readonly selector: object;
  readonly codec: object;
}

/** Opens a part; the default export of a package may be one alone. */
export type PartFactory<Kind extends PartKind = PartKind> = (
  options: PartOptions[Kind],
) => Parts[Kind] | Promise<Parts[Kind]>;

/** A flag that a plugin adds to every command, with its variable `MICRO_…`. */
export interface PluginFlag {
  /** A lowercase fragment without a period. */
  readonly summary: string;
  readonly default?: string;
}

/** What a package may bring, as its default export. Everything but the name is optional. */
export interface Plugin extends Partial<{ readonly [Kind in PartKind]: PartFactory<Kind> }> {
  /** By which flags call its parts: `file` for `--registry=file`. */
  readonly name: string;
  /** By name, with underscores. */
  readonly flags?: Readonly<Record<string, PluginFlag>>;
  /** Hears the values of its flags, before anything of it is opened. */
  readonly configure?: (values: Readonly<Record<string, string | undefined>>) => void | Promise<void>;
  /** Adds hooks and routes to the HTTP server of a program (`go.micro.sidecar`, `go.micro.api`, …). */
  readonly http?: (app: FastifyInstance, program: string) => void | Promise<void>;
  /** Wraps every client. */
  readonly client?: (next: Client) => Client;
  /** Wraps every handler of calls. */
  readonly handler?: (next: Handler) => Handler;
  /** oclif command classes by id, as `orders:list`. */
  readonly commands?: Readonly<Record<string, unknown>>;
}

/** The parts that a plugin can bring, and what each must be able to do. */
export const partMembers: Readonly<Record<PartKind, readonly string[]>> = {
  registry: ["register", "deregister", "getService", "listServices", "watch", "close"],
  transport: ["listen", "dial", "close"],
  broker: ["connect", "publish", "subscribe", "close"],
  selector: [],
  codec: ["contentTypes", "encode", "decode"],
};
