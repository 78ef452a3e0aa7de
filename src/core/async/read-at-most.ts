/**
 * Reads a stream to its end. Destroys it once it exceeds `limit` bytes.
 * @returns at most `limit` bytes, and whether that is everything.
 */
export async function readAtMost(
  stream: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<{ readonly bytes: Buffer; readonly complete: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) break;
  }
  return { bytes: Buffer.concat(chunks, Math.min(size, limit)), complete: size <= limit };
}
