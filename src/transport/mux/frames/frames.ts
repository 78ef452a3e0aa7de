import { badRequest, type MicroError } from "../../../core/errors.js";

/** Types of frames. docs/mux.md has the layout of each payload. */
export const frameType = {
  call: 1,
  reply: 2,
  error: 3,
  open: 4,
  data: 5,
  end: 6,
  cancel: 7,
  window: 8,
  ping: 9,
  pong: 10,
  goaway: 11,
  headers: 12,
} as const;

/** Size of the head of a frame: payload length (4), type (1), id of the call or stream (4), big endian. */
export const headSize = 9;

/** Size of what precedes the header block of a message: set (2), timeout (4), length of the block (2). */
export const messageHeadSize = 8;

/** Limits of one frame. They are checked before anything is allocated. */
export interface FrameLimits {
  /** Bytes of one body. Default 4 MiB. */
  readonly maxBody: number;
  /** Bytes of one header block. Default 16 KiB. */
  readonly maxHeader: number;
}

export const frameLimits: FrameLimits = { maxBody: 4 * 1024 * 1024, maxHeader: 16 * 1024 };

/** Maximum payload of a frame that carries no message. */
export const maxControl = 1024;
/** Maximum payload of a header set, which is sent once and then referred to by number. */
export const maxSet = 2048;
/** Header sets that one side may define on a connection. */
export const maxSets = 256;
/** An oversized message up to this size is skipped and refused. A larger one ends the connection. */
export const maxSkipped = 64 * 1024 * 1024;

/** The maximum payload of a frame of `type`. 0 for an unknown type. */
export function maxPayload(type: number, limits: FrameLimits): number {
  if (
    type === frameType.call ||
    type === frameType.reply ||
    type === frameType.open ||
    type === frameType.data
  )
    return messageHeadSize + limits.maxHeader + limits.maxBody;
  if (type === frameType.headers) return maxSet;
  return type > 0 && type <= frameType.headers ? maxControl : 0;
}

/** The error for a violation of the protocol, which ends the connection. */
export function violation(detail: string): MicroError {
  return badRequest("go.micro.transport", `mux: ${detail}`);
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) |
      ((bytes[at + 1] ?? 0) << 16) |
      ((bytes[at + 2] ?? 0) << 8) |
      (bytes[at + 3] ?? 0)) >>>
    0
  );
}

export function writeUint32(bytes: Uint8Array, value: number, at: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

export function readUint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

export function writeUint16(bytes: Uint8Array, value: number, at: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}
