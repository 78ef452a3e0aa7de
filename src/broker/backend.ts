import type { Abortable, Closeable } from "../core/closeable.js";

/** A server that carries envelopes by topic: what `BackendBroker` needs from NATS or Redis. */
export interface Backend extends Closeable {
  /** `host:port`. Empty until open. */
  readonly address: string;
  /** Connects. @throws {MicroError} 503 BROKER_UNREACHABLE if the server does not answer. */
  open(): Promise<void>;
  /** Sends an envelope. Resolves when the server has received it, and stored it if it stores messages. */
  send(topic: string, envelope: string, options: Abortable): Promise<void>;
  /**
   * Subscribes. Resolves once no message is missed any more. Closing the result unsubscribes; running handlers
   * continue.
   */
  receive(topic: string, handler: EnvelopeHandler, options: ReceiveOptions): Promise<Closeable>;
}

export interface ReceiveOptions {
  readonly queue: string | undefined;
  /** Most handlers that run at the same time. */
  readonly maxInFlight: number;
}

/** Handles the envelopes of one subscription. */
export interface EnvelopeHandler {
  /**
   * Resolves when the message is acknowledged. @throws what the handler throws. {MicroError} 400 for a malformed
   * envelope.
   */
  handle(envelope: string): Promise<void>;
  /** Reports that messages may have been missed. */
  missed(reason: string): void;
}
