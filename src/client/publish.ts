import type { Broker } from "../broker/broker.js";
import type { Codecs } from "../codec/index.js";
import { currentContext } from "../core/context.js";
import { canonicalName, travelling } from "../core/metadata.js";
import type { PublishOptions } from "./client.js";
import { defaultType } from "./pending-call.js";

interface PublishDefaults extends PublishOptions {
  readonly codecs: Codecs;
  readonly from: string;
}

/**
 * Publishes `value` in the form of the Go ecosystem: metadata and content type in the header, the bare value as body.
 * Bytes are handed on as they are.
 */
export async function publish(
  broker: Broker,
  topic: string,
  value: unknown,
  options: PublishDefaults,
): Promise<void> {
  const type = options.types?.request;
  const contentType = options.contentType ?? defaultType(type);
  const context = currentContext();
  const header: Record<string, string> = context ? { ...travelling(context.metadata) } : {};
  for (const name in options.metadata) header[canonicalName(name)] = options.metadata[name] ?? "";
  if (options.from !== "") header["X-Micro-From-Service"] ??= options.from;
  header["Content-Type"] = contentType;
  header["Micro-Topic"] = topic;
  const body = value instanceof Uint8Array ? value : options.codecs.get(contentType).encode(value, type);
  await broker.publish(topic, { header, body }, { signal: options.signal });
}
