import type { Abortable, Closeable } from "../core/closeable.js";
import type { Log } from "../core/log.js";
import type { Message } from "../core/message.js";

export type { Message } from "../core/message.js";

/** Carries messages between two nodes. Implementations: `http`, `mux`, `memory`, `nats`. */
export interface Transport extends Closeable {
  readonly name: string;
  /** Opens (or reuses) a connection to `host:port`. @throws {MicroError} 503 when nothing listens there. */
  dial(address: string, options?: DialOptions): Promise<Connection>;
  /** Binds `host:port`, port 0 for any free one. */
  listen(address: string, handler: TransportHandler, options?: ListenOptions): Promise<Listener>;
}

export interface DialOptions extends Abortable {
  /** Milliseconds to connect. Default 1000. */
  readonly timeout?: number;
  /** TLS, as the node's metadata `secure` says. */
  readonly secure?: boolean;
  /** A connection that nobody else has: closing it ends no call but its own. */
  readonly own?: boolean;
  /** The node's metadata offers mux on the same port. */
  readonly mux?: boolean;
  /** Another machine registered the node: a loopback address is refused. */
  readonly foreign?: boolean;
}

/** Idle sockets that are kept for one peer: how many, and how many milliseconds. Default 64 and 60,000. */
export interface PoolOptions {
  readonly size?: number;
  readonly ttl?: number;
}

/** PEM texts and how strictly the peer is looked at. */
export interface TlsOptions {
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
  /** Demands a certificate signed by this authority from every client. */
  readonly clientCa?: string;
  /** Accepts any certificate. */
  readonly insecure?: boolean;
}

export interface ListenOptions extends Abortable {
  readonly tls?: TlsOptions;
  /** Names, beside addresses and `localhost`, by which requests may call this host: the advertised one. */
  readonly hosts?: readonly string[];
  /** Calls under way at one time; one more is refused as not executed. Default 1024. */
  readonly maxCalls?: number;
  /** Told of errors that a handler must not have, each of which ends one request. */
  readonly log?: Log;
}

/** One peer, many calls at a time. */
export interface Connection extends Closeable {
  /** It pairs replies with calls, and carries the timeout, by itself: messages need no `Micro-Id` and no `Timeout`. */
  readonly framed?: boolean;
  /** True once it carries no more calls: it is time to dial again. */
  readonly closed: boolean;
  /** One message out, one back: the hot path. */
  call(message: Message, options?: CallLimits): Promise<Message>;
  /** Messages both ways until either end closes. */
  stream(opening: Message, options?: CallLimits): Promise<MessageStream>;
}

export interface CallLimits extends Abortable {
  /** Milliseconds for the reply; for a stream, for its opening. */
  readonly timeout?: number;
  /** The monotonic clock when `timeout` was worked out, for those who have just read it. */
  readonly now?: number;
}

/** Iterating reads the peer's messages; a broken stream throws, it never ends like a normal one. */
export interface MessageStream extends AsyncIterable<Message>, Closeable {
  /** Resolves when the peer can take more. `sent` says that it can already. */
  send(message: Message): Promise<void>;
  /** Says that no more will be sent; on the Go wire, which cannot say it, nothing happens. */
  end(): Promise<void>;
  /** The next message if it is there already: whoever takes it so makes no promise for it. */
  take?(): Message | undefined;
}

/** What `send` may give for a message that went out at once: one promise for all, so that nobody need await it. */
export const sent: Promise<void> = Promise.resolve();

/** What a server gives to `listen`. */
export interface TransportHandler {
  /** True when `message` opens a stream: on the Go wire nothing but the method says so. */
  opensStream(message: Message): boolean;
  /** Answers one request; it never rejects: an error travels in the reply. */
  call(message: Message, inbound: Inbound): Promise<Message>;
  /** Serves one stream until its handler is through. */
  stream(opening: Message, stream: MessageStream, inbound: Inbound): Promise<void>;
}

/** Where a message came from. */
export interface Inbound {
  /** `host:port` of the peer. */
  readonly remote: string;
  /** Aborts when the peer cancels or leaves. */
  readonly signal: AbortSignal;
  /** Milliseconds that the caller still waits, where the wire says so beside the header `Timeout`. */
  readonly timeout?: number;
}

/** A bound port. `close` ends what is open at once. */
export interface Listener extends Closeable {
  /** `host:port` really bound. */
  readonly address: string;
  /** Takes no more work, says so to its peers, and resolves when what is under way is answered. */
  drain(options?: Abortable): Promise<void>;
}
