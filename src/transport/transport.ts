import type { Abortable, Closeable } from "../core/closeable.js";
import type { Log } from "../core/log/log.js";
import type { Message } from "../core/message.js";

export type { Message } from "../core/message.js";

/** Carries messages between two nodes. Implementations: `http` (which upgrades to `mux`), `memory`, `nats`. */
export interface Transport extends Closeable {
  /** Name of the implementation, such as `http`. Nodes register it in their metadata. */
  readonly name: string;
  /** Opens or reuses a connection to `host:port`. @throws {MicroError} 503 when nothing listens there. */
  dial(address: string, options?: DialOptions): Promise<Connection>;
  /**
   * Binds `host:port`. Port 0 picks a free one.
   * @throws {MicroError} 503 with reason `ADDRESS_IN_USE` when the port is taken.
   */
  listen(address: string, handler: TransportHandler, options?: ListenOptions): Promise<Listener>;
}

/** Options of `Transport.dial`. */
export interface DialOptions extends Abortable {
  /** Milliseconds to connect. Default 1000. */
  readonly timeout?: number;
  /** Connects with TLS. Callers pass what the node's metadata `secure` says. Default false. */
  readonly secure?: boolean;
  /** Opens a connection that is not shared: closing it ends only its own calls. Default false. */
  readonly own?: boolean;
  /** The node's metadata offers mux on the same port. Default false. */
  readonly mux?: boolean;
  /** Another machine registered the node: a loopback address is refused with 503. Default false. */
  readonly foreign?: boolean;
}

/** The idle connections to keep for each peer. */
export interface PoolOptions {
  /** Number of idle connections. Default 64. */
  readonly size?: number;
  /** Milliseconds to keep an idle connection. Default 60,000. */
  readonly ttl?: number;
}

/** Certificates, and how strictly to check the peer's. */
export interface TlsOptions {
  /** Certificate of this side, as PEM. A listener with one serves TLS. */
  readonly cert?: string;
  /** Private key of `cert`, as PEM. */
  readonly key?: string;
  /** Authorities to trust when dialling, as PEM. Default: those of Node. */
  readonly ca?: string;
  /**
   * Authority, as PEM, that has to have signed the certificate of every client. Default: clients need no
   * certificate.
   */
  readonly clientCa?: string;
  /** Accepts any certificate when dialling. Do not use in production. Default false. */
  readonly insecure?: boolean;
}

/** Options of `Transport.listen`. */
export interface ListenOptions extends Abortable {
  /** Serves TLS. Default: the TLS options of the transport. */
  readonly tls?: TlsOptions;
  /** Host names that requests may use, besides IP addresses and `localhost`. Default: none. */
  readonly hosts?: readonly string[];
  /** Calls in flight at one time. Further ones are refused with 503 as not executed. Default 1024. */
  readonly maxCalls?: number;
  /** Receives errors that a handler should have caught. Each of them ends one request. Default: none is logged. */
  readonly log?: Log;
}

/** A connection to one peer. Carries many calls at a time. */
export interface Connection extends Closeable {
  /**
   * True if it pairs replies with calls and carries the timeout itself: messages need neither `Micro-Id` nor
   * `Timeout`.
   */
  readonly framed?: boolean;
  /** True once it carries no more calls: dial again. */
  readonly closed: boolean;
  /**
   * Sends one message and returns the reply. An error of the service is a reply too.
   * @throws {MicroError} 408 after the timeout. 503 when the connection breaks: `executed` says whether the peer may have run it.
   */
  call(message: Message, options?: CallLimits): Promise<Message>;
  /**
   * Opens a stream of messages both ways.
   * @throws {MicroError} 408 after the timeout, 503 when the connection breaks.
   */
  stream(opening: Message, options?: CallLimits): Promise<MessageStream>;
}

/** Options of `Connection.call` and `Connection.stream`. */
export interface CallLimits extends Abortable {
  /** Milliseconds to wait for the reply; of a stream, for its opening. Default: no limit. */
  readonly timeout?: number;
  /**
   * The time on the monotonic clock from which `timeout` counts, if the caller has just read it. Saves a second
   * reading.
   */
  readonly now?: number;
}

/**
 * A stream of messages both ways. Iterate to receive: a broken stream throws, it never ends like a complete one.
 */
export interface MessageStream extends AsyncIterable<Message>, Closeable {
  /** Sends a message. Resolves when the peer can take more: await it, and memory stays bounded. */
  send(message: Message): Promise<void>;
  /** Ends the sending side. Does nothing on the Go wire, which has no such signal. */
  end(): Promise<void>;
  /** Returns the next message if it has already arrived. Saves a promise for each message. Optional. */
  take?(): Message | undefined;
}

/**
 * A resolved promise that `send` may return when the peer can take more already. Callers may compare and skip the
 * await.
 */
export const sent: Promise<void> = Promise.resolve();

/** Answers the calls and streams that a listener receives. */
export interface TransportHandler {
  /** Returns whether `message` opens a stream. On the Go wire only the method tells. */
  opensStream(message: Message): boolean;
  /** Answers one request. It must not reject: errors travel in the reply. */
  call(message: Message, inbound: Inbound): Promise<Message>;
  /** Serves one stream. Resolves when the stream is done. */
  stream(opening: Message, stream: MessageStream, inbound: Inbound): Promise<void>;
}

/** Where a message came from, and how long its sender waits. */
export interface Inbound {
  /** `host:port` of the peer. */
  readonly remote: string;
  /** Aborts when the peer cancels or disconnects. */
  readonly signal: AbortSignal;
  /** Set by the handler. Called when the signal aborts: a signal that nobody uses need not be created for that. */
  onAbort?: (() => void) | undefined;
  /**
   * Answers a call before the promise of its reply resolves, which then counts for nothing. Without it, the promise
   * resolves early.
   */
  readonly answer?: (reply: Message) => void;
  /** Milliseconds that the caller still waits, if the wire carries that outside of the header `Timeout`. */
  readonly timeout?: number;
}

/** A bound port. `close` ends everything that is open at once: `drain` first. */
export interface Listener extends Closeable {
  /** The `host:port` that is bound. */
  readonly address: string;
  /** Takes no more work, tells its peers so, and resolves when every call in flight is answered. */
  drain(options?: Abortable): Promise<void>;
}
