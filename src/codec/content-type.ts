import { bare, type Envelope } from "./envelope.js";
import { jsonRpc } from "./json/jsonrpc.js";
import { grpc } from "./protobuf/grpc.js";
import { protoRpc } from "./protobuf/protorpc.js";

/** How a peer frames calls: `mucp` in headers (go-micro 1.x, and this toolkit), `legacy` in an envelope (2016). */
export type Protocol = "mucp" | "legacy";

/** The meaning of a content type: the envelope, and the content type of the bare message inside. */
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

/** A map, not an object, because peers choose the keys that are looked up. */
function table(entries: Readonly<Record<string, Framing>>): ReadonlyMap<string, Framing> {
  return new Map(Object.entries(entries));
}

/** Returns the framing of a content type, which differs between generations. An unknown type has no envelope. */
export function framing(protocol: Protocol, contentType: string): Framing {
  const known = protocol === "legacy" ? legacy.get(contentType) : undefined;
  return known ?? mucp.get(contentType) ?? { envelope: bare, bare: contentType };
}

/** True if the 2016 wire knows the content type. */
export function isLegacyType(contentType: string): boolean {
  return legacy.has(contentType);
}

/** Returns the name of a content type that every 2016 server understands. */
export function legacyType(contentType: string): string {
  if (contentType === json) return "application/json-rpc";
  return contentType === protobuf ? "application/proto-rpc" : contentType;
}
