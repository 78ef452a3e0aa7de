import type { Metadata } from "../../core/service.js";

/** Both spellings of each name, so that none is put together per message: 0.2 µs a look otherwise. */
const spellings = {
  Endpoint: ["Micro-Endpoint", "X-Micro-Endpoint"],
  Error: ["Micro-Error", "X-Micro-Error"],
  Id: ["Micro-Id", "X-Micro-Id"],
  Method: ["Micro-Method", "X-Micro-Method"],
  Protocol: ["Micro-Protocol", "X-Micro-Protocol"],
  Service: ["Micro-Service", "X-Micro-Service"],
  Target: ["Micro-Target", "X-Micro-Target"],
} as const;

/** A protocol header, which peers of 0.16 to 0.22 send with `X-` alone. */
export function micro(header: Metadata, name: keyof typeof spellings): string | undefined {
  const [plain, prefixed] = spellings[name];
  return header[plain] || header[prefixed];
}

/** Text of the error that ends a stream in order. */
export const endOfStream = "EOS";
