import { randomUUID } from "node:crypto";
import type { Msg } from "@nats-io/transport-node";
import { orAbort } from "../../core/async/or-abort.js";
import type { Abortable } from "../../core/closeable.js";
import { timeout as late, type MicroError, unavailable } from "../../core/errors.js";
import type { SharedNatsConnection } from "./nats-connection.js";
import { NatsDuplex } from "./nats-duplex.js";
import { subjectOf } from "./subject.js";

/** The subject on which the node at `address` accepts pipes. */
export function nodeSubject(address: string): string {
  return `micro.node.${subjectOf(address)}`;
}

function pipeSubject(): string {
  return `micro.pipe.${randomUUID()}`;
}

/** Opens a pipe. The request holds the subject that the caller receives on, the response that of the node. */
export async function dialPipe(
  link: SharedNatsConnection,
  address: string,
  { timeout = 1000, signal }: Abortable & { readonly timeout?: number },
): Promise<NatsDuplex> {
  const connection = await orAbort(link.open(), signal);
  const inbox = pipeSubject();
  const pipe = new NatsDuplex({ link, connection, inbox, remote: address });
  try {
    const asked = connection.request(nodeSubject(address), inbox, { timeout });
    pipe.connected((await orAbort(asked, signal)).string());
    return pipe;
  } catch (error) {
    pipe.destroy();
    signal?.throwIfAborted();
    throw unanswered(address, error);
  }
}

function unanswered(address: string, cause: unknown): MicroError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const detail = `connect to "${address}" over nats: ${why}`;
  if (cause instanceof Error && cause.name === "TimeoutError")
    return late("go.micro.client", detail, { executed: "no" });
  return unavailable("go.micro.client", detail, { executed: "no", cause });
}

/** Answers a caller that asks for a pipe. */
export async function acceptPipe(link: SharedNatsConnection, message: Msg): Promise<NatsDuplex> {
  const connection = await link.open();
  const inbox = pipeSubject();
  const to = message.string();
  const pipe = new NatsDuplex({ link, connection, inbox, to, remote: to });
  message.respond(inbox);
  return pipe;
}
