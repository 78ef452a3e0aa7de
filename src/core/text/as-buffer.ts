/** Returns bytes as a `Buffer` on the same memory, so that text can be read without a copy. */
export function asBuffer(bytes: NodeJS.ArrayBufferView): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
