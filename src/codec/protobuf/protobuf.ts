import type * as Runtime from "@bufbuild/protobuf";
import type * as Wire from "@bufbuild/protobuf/wire";
import { badRequest, internal } from "../../core/errors.js";
import { isProtobuf, type MessageType } from "../../core/schema.js";

type Loaded = typeof Runtime & Pick<typeof Wire, "BinaryReader">;

let loaded: Loaded | undefined;

/**
 * Loads the protobuf runtime if one of `types` is a protobuf type. Returns undefined when there is nothing to wait for.
 * It is not imported at the start: it costs more than the rest of the toolkit.
 */
export function loadProtobuf(...types: (MessageType | undefined)[]): Promise<void> | undefined {
  if (loaded || !types.some(isProtobuf)) return undefined;
  return Promise.all([import("@bufbuild/protobuf"), import("@bufbuild/protobuf/wire")]).then(
    ([runtime, wire]) => {
      loaded = { ...runtime, BinaryReader: wire.BinaryReader };
    },
  );
}

/** The runtime, once `loadProtobuf` is through. */
export function protobuf(): Loaded {
  if (loaded) return loaded;
  throw internal("go.micro.codec", "protobuf type: its runtime is not loaded");
}

/** A message of `type`, from one or from what may become one. */
export function messageOf(type: Runtime.DescMessage, value: unknown): Runtime.Message {
  const { create, isMessage } = protobuf();
  if (isMessage(value, type)) return value;
  if (value === undefined || value === null) return create(type);
  if (typeof value !== "object")
    throw badRequest("go.micro.codec", `encode ${type.typeName}: not an object`, {
      reason: "SCHEMA_MISMATCH",
    });
  return create(type, value as Runtime.MessageInitShape<typeof type>);
}
