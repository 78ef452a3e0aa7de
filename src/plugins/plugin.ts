import type { FastifyInstance } from "fastify";
import type { Broker } from "../broker/broker.js";
import type { BrokerOptions } from "../broker/index.js";
import type { Client } from "../client/client.js";
import type { Codec } from "../codec/codec.js";
import type { Registry, RegistryOptions } from "../registry/index.js";
import type { Strategy } from "../selector/selector.js";
import type { Handler } from "../server/server.js";
import type { Transport, TransportOptions } from "../transport/index.js";

/** The kinds of parts, and the type of each. */
export interface Parts {
  /** What `--registry` names. */
  readonly registry: Registry;
  /** What `--transport` names. */
  readonly transport: Transport;
  /** What `--broker` names. */
  readonly broker: Broker;
  /** What `--selector` names. */
  readonly selector: Strategy;
  /** A codec. The content type of a call chooses it. */
  readonly codec: Codec;
}

/** Name of a kind of part. */
export type PartKind = keyof Parts;

/** The options that each kind of part is opened with. */
export interface PartOptions {
  /** Options of a registry. */
  readonly registry: RegistryOptions;
  /** Options of a transport. */
  readonly transport: TransportOptions;
  /** Options of a broker. */
  readonly broker: BrokerOptions;
  /** A strategy has no options: the object is empty. */
  readonly selector: object;
  /** A codec has no options: the object is empty. */
  readonly codec: object;
}

/** Opens a part. A package may also have one of these alone as its default export. */
export type PartFactory<Kind extends PartKind = PartKind> = (
  options: PartOptions[Kind],
) => Parts[Kind] | Promise<Parts[Kind]>;

/** A flag that a plugin adds to every command, together with its variable `MICRO_…`. */
export interface PluginFlag {
  /** Help text: a lowercase fragment without a period. */
  readonly summary: string;
  /** Value when the flag is not given. Default: none. */
  readonly default?: string;
}

/** What a package adds to the toolkit, as its default export. Everything but the name is optional. */
export interface Plugin {
  /** Name of its parts on flags: `file` for `--registry=file`. */
  readonly name: string;
  /** Opens its registry. */
  readonly registry?: PartFactory<"registry">;
  /** Opens its transport. */
  readonly transport?: PartFactory<"transport">;
  /** Opens its broker. */
  readonly broker?: PartFactory<"broker">;
  /** Opens its strategy. */
  readonly selector?: PartFactory<"selector">;
  /** Opens its codec. */
  readonly codec?: PartFactory<"codec">;
  /** Flags by name, with underscores. */
  readonly flags?: Readonly<Record<string, PluginFlag>>;
  /** Called with the values of its flags, before any of its parts is opened. */
  readonly configure?: (values: Readonly<Record<string, string | undefined>>) => void | Promise<void>;
  /** Adds hooks and routes to the HTTP server of a program (`go.micro.sidecar`, `go.micro.api`, …). */
  readonly http?: (app: FastifyInstance, program: string) => void | Promise<void>;
  /** Wraps every client. */
  readonly client?: (next: Client) => Client;
  /** Wraps every handler of calls. Streams and subscribers are not wrapped. */
  readonly handler?: (next: Handler) => Handler;
  /** oclif command classes by id, such as `orders:list`. */
  readonly commands?: Readonly<Record<string, unknown>>;
}

/** The members that each kind of part must have. */
export const partMembers: Readonly<Record<PartKind, readonly string[]>> = {
  registry: ["register", "deregister", "getService", "listServices", "watch", "close"],
  transport: ["listen", "dial", "close"],
  broker: ["connect", "publish", "subscribe", "close"],
  selector: [],
  codec: ["contentTypes", "encode", "decode"],
};
