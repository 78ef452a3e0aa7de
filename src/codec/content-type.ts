import { bare, type Envelope } from "./envelope.js";
import { jsonRpc } from "./json/jsonrpc.js";
import { grpc } from "./protobuf/grpc.js";
import { protoRpc } from "./protobuf/protorpc.js";

/** How a peer frames calls: `mucp` in headers (1.x and ours), `legacy` in an envelope (2016). */
export type Protocol = "mucp" | "legacy";

/** What a content type means: the envelope, and the content type of the bare message in it. */
export interface Framing {
  readonly envelope: Envelope;
  readonly bare: string;
}

const json = "application/json";
const protobuf = "application/protobuf";

const legacy = table({
  "application/json": { envelope: jsonRpc, bare: json },
  "application/json-rpc": { envelope: jsonRpc, bare: json },
  "application/protobuf": { envelope: protoRpc, bare: protobuf },
  "application/proto-rpc": { envelope: protoRpc, bare: protobuf },
  "application/octet-stream": { envelope: protoRpc, bare: protobuf },
});

const mucp = table({
  "application/json-rpc": { envelope: jsonRpc, bare: json },
  "application/proto-rpc": { envelope: protoRpc, bare: protobuf },
  "application/grpc": { envelope: grpc, bare: protobuf },
  "application/grpc+proto": { envelope: grpc, bare: protobuf },
  "application/grpc+json": { envelope: grpc, bare: json },
});

/** A map, for its keys are asked with what peers send. */
function table(entries: Readonly<Record<string, Framing>>): ReadonlyMap<string, Framing> {
  return new Map(Object.entries(entries));
}

/** The same content type means something else to each generation; what neither knows has no envelope. */
export function framing(protocol: Protocol, contentType: string): Framing {
  const known = protocol === "legacy" ? legacy.get(contentType) : undefined;
  return known ?? mucp.get(contentType) ?? { envelope: bare, bare: contentType };
}

/** True when the 2016 wire has a form for the content type. */
export function isLegacyType(contentType: string): boolean {
  return legacy.has(contentType);
}

/** The name of a content type towards a 2016 server that each of its kind knows. */
export function legacyType(contentType: string): string {
  if (contentType === json) return "application/json-rpc";
  return contentType === protobuf ? "application/proto-rpc" : contentType;
}
