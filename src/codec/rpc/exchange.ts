// How a call crosses the wire: `outgoing` is the caller's side, `incoming` that of who answers.
export type { Protocol } from "../content-type.js";
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
} from "./incoming.js";
export * from "./outgoing.js";
export * from "./refusal.js";
