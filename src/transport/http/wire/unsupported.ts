import { MicroError } from "../../../core/errors.js";

/**
 * True for a value of `Transfer-Encoding` other than `chunked` alone. Node's parser accepts further codings before it,
 * such as `gzip, chunked`, and leaves the body in them. Without the header, its receiver would not know of them.
 */
export function isOtherCoding(value: string): boolean {
  return value !== "chunked" && value.toLowerCase() !== "chunked";
}

/** The error for a request with such a body. Source: RFC 9112, 6.1. */
export function otherCoding(id: string): MicroError {
  return refused(id, 501, "header Transfer-Encoding: only chunked is supported");
}

/** True for an expectation that no server here meets. */
export function isOtherExpectation(value: string): boolean {
  return value.toLowerCase() !== "100-continue";
}

/** The error for such an expectation. Source: RFC 9110, 10.1.1. */
export function otherExpectation(id: string): MicroError {
  return refused(id, 417, "header Expect: only 100-continue is supported");
}

function refused(id: string, code: number, detail: string): MicroError {
  return new MicroError(id, code, detail, { reason: "BAD_REQUEST", executed: "no" });
}
