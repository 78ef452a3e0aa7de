// How a call is put into messages: client-messages for the caller, server-messages and error-replies for the callee.
export type { Protocol } from "../content-type.js";
export * from "./client-messages.js";
export * from "./error-replies.js";
export {
  bareTypeOf,
  bodyOf,
  type IncomingCall,
  methodOf,
  numbered,
  readCall,
  readStreamMessage,
  reusable,
  writeEnd,
  writeError,
  writeMissing,
  writeReply,
} from "./server-messages.js";
