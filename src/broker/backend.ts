import type { Abortable, Closeable } from "../core/closeable.js";

/** A server that carries envelopes by topic: what `BackendBroker` needs of NATS or Redis. */
export interface Backend extends Closeable {
  /** `host:port`; empty until open. */
  readonly address: string;
  /** @throws {MicroError} 503 BROKER_UNREACHABLE when the server does not answer. */
  open(): Promise<void>;
  /** Resolves when the server has it; stored, where it stores. */
  send(topic: string, envelope: string, options: Abortable): Promise<void>;
  /** Resolves once in force. Closing it ends the receiving; what is under way goes on. */
  receive(topic: string, handler: EnvelopeHandler, options: ReceiveOptions): Promise<Closeable>;
}

export interface ReceiveOptions {
  readonly queue: string | undefined;
  /** Handlers at one time. */
  readonly maxInFlight: number;
}

/** Handles the envelopes of one subscription. */
export interface EnvelopeHandler {
  /** Resolves when acknowledged. @throws what the handler throws; {MicroError} 400 for what is no envelope. */
  handle(envelope: string): Promise<void>;
  /** Reports that messages may have been missed. */
  missed(reason: string): void;
}
