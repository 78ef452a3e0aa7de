import type { Writable } from "node:stream";
import type { WebSocket } from "ws";
import type { Broker } from "../../broker/broker.js";
import { MicroError, tooLarge } from "../../core/errors.js";
import { utf8 } from "../../http/body/body.js";
import { presentable } from "../../http/errors.js";
import { SerialExecutor } from "../../http/stream/serial-executor.js";
import { maxAhead } from "../../http/stream/websocket.js";
import { sidecarId } from "../options.js";
import { Cork } from "./cork.js";
import type { EncodedMessage } from "./encoded-message.js";
import { type Frame, readFrame } from "./frames.js";
import type { Gap, SessionConnection, SubscriberSession } from "./session.js";
import type { SubscriberSessions } from "./sessions.js";
import { endSlow } from "./socket-queue.js";
import type { Topics } from "./topics.js";

export interface FramedParts {
  readonly broker: Broker;
  readonly topics: Topics;
  readonly sessions: SubscriberSessions;
}

/** Maximum subscriptions per session. */
const maxSubscriptions = 100;
/** Size in bytes above which a copy per subscriber costs more than an extra fragment. */
const shared = 4 * 1024;
const lastFragment = { binary: false, fin: true };

/** A framed WebSocket: JSON frames both ways, many topics, and a session that can be resumed. */
export class FramedSocket implements SessionConnection {
  readonly #socket: WebSocket;
  readonly #parts: FramedParts;
  readonly #work: SerialExecutor;
  readonly #cork: Cork;
  readonly #sent = () => this.#session.pump();
  #session: SubscriberSession;

  /** `carrier` is the underlying stream of the socket. */
  constructor(socket: WebSocket, carrier: Writable, parts: FramedParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#work = new SerialExecutor(socket);
    this.#cork = new Cork(carrier);
    this.#session = parts.sessions.open(undefined).session;
    this.#session.attach(this, 0);
    socket.on("message", (data, binary) => this.#receive(data as Buffer, binary));
    socket.once("close", () => this.#left());
    this.#send({ op: "welcome", session: this.#session.id, resumed: false, seq: 0 });
  }

  get ready(): boolean {
    return this.#socket.readyState === this.#socket.OPEN && this.#socket.bufferedAmount < maxAhead;
  }

  /** Sends a large message in two fragments, so that all subscribers share the bytes of the second. */
  message(seq: number, { framed }: EncodedMessage): void {
    this.#cork.gather();
    const own = `{"op":"message","seq":${seq},`;
    if (framed.length > shared) {
      this.#socket.send(own, { fin: false });
      this.#socket.send(framed, lastFragment, this.#sent);
    } else this.#socket.send(Buffer.concat([Buffer.from(own), framed]), lastFragment, this.#sent);
  }

  gap(gap: Gap): void {
    this.#send({ op: "gap", ...gap });
  }

  tooSlow(): void {
    endSlow(this.#socket);
  }

  /** Handles frames in order. Acknowledgements skip the queue, because a queued publication may wait for them. */
  #receive(data: Buffer, binary: boolean): void {
    try {
      const frame = readFrame(binary ? utf8(data, sidecarId) : String(data));
      if (frame.op === "ack") this.#session.ack(frame.seq);
      else this.#work.run(() => this.#do(frame).catch((error) => this.#refuse(error, frame)), data.length);
    } catch (error) {
      this.#refuse(error);
    }
  }

  #refuse(thrown: unknown, frame?: Frame): void {
    const error = presentable(MicroError.from(thrown, sidecarId), sidecarId, this.#session);
    this.#send({ op: "error", ...idOf(frame), error });
  }

  async #do(frame: Exclude<Frame, { op: "ack" }>): Promise<void> {
    switch (frame.op) {
      case "resume":
        this.#resume(frame.session, frame.seq);
        break;
      case "subscribe":
        await this.#subscribe(frame);
        break;
      case "unsubscribe":
        this.#session.remove(key(frame));
        this.#send({ op: "unsubscribed", topic: frame.topic, queue: frame.queue });
        break;
      case "publish":
        await this.#parts.broker.publish(frame.topic, frame.message);
        this.#send({ op: "published", topic: frame.topic, ...idOf(frame) });
    }
  }

  /** Resumes a session. If it no longer exists, `resumed` is false, and the client has to subscribe again. */
  #resume(id: string, seq: number): void {
    const { session, resumed } = this.#parts.sessions.open(id);
    if (session !== this.#session) {
      this.#parts.sessions.end(this.#session);
      this.#session = session;
    }
    this.#send({ op: "welcome", session: session.id, resumed, seq: session.last });
    session.attach(this, resumed ? seq : 0);
  }

  async #subscribe(frame: Frame & { op: "subscribe" }): Promise<void> {
    const session = this.#session;
    if (session.subscriptions.size >= maxSubscriptions && !session.subscriptions.has(key(frame)))
      throw tooLarge(sidecarId, `subscribe "${frame.topic}": more than ${maxSubscriptions} topics`);
    const subscriber = session.subscriber(frame.ack);
    const end = await this.#parts.topics.subscribe(frame.topic, frame.queue || undefined, subscriber);
    session.add(key(frame), end);
    this.#send({ op: "subscribed", topic: frame.topic, queue: frame.queue });
  }

  #left(): void {
    this.#session.detach(this);
    this.#work.run(async () => {
      this.#session.detach(this);
      this.#parts.sessions.release(this.#session);
    }, 0);
  }

  #send(frame: object): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(frame));
  }
}

/** The id of a publication, for its answer, if the client set one. */
function idOf(frame: Frame | undefined) {
  return frame?.op === "publish" && frame.id !== undefined ? { id: frame.id } : {};
}

function key({ topic, queue }: { readonly topic: string; readonly queue: string }): string {
  return `${topic}\n${queue}`;
}
