import type { Metadata } from "../core/service.js";

/** A protocol header, which peers of 0.16 to 0.22 send with `X-` alone. */
export function micro(header: Metadata, name: string): string | undefined {
  return header[`Micro-${name}`] || header[`X-Micro-${name}`];
}

/** Text of the error that ends a stream in order. */
export const endOfStream = "EOS";
