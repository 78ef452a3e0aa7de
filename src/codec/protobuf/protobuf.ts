import type * as Runtime from "@bufbuild/protobuf";
import type * as Wire from "@bufbuild/protobuf/wire";
import { badRequest, internal } from "../../core/errors.js";
import { isProtobuf, type MessageType } from "../../core/schema.js";

type Loaded = typeof Runtime & Pick<typeof Wire, "BinaryReader">;

let loaded: Loaded | undefined;

/**
 * Loads the protobuf runtime if one of `types` is a protobuf type. Returns undefined if there is nothing to wait for.
 * Not imported at startup, because it costs more than the rest of the toolkit.
 */
export function loadProtobuf(...types: (MessageType | undefined)[]): Promise<void> | undefined {
  if (loaded || !types.some(isProtobuf)) return undefined;
  return Promise.all([import("@bufbuild/protobuf"), import("@bufbuild/protobuf/wire")]).then(
    ([runtime, wire]) => {
      loaded = { ...runtime, BinaryReader: wire.BinaryReader };
    },
  );
}

/** Returns the runtime. `loadProtobuf` must have finished. */
export function protobuf(): Loaded {
  if (loaded) return loaded;
  throw internal("go.micro.codec", "protobuf type: its runtime is not loaded");
}

/** Returns `value` as a message of `type`, converted from a plain object if necessary. */
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
