import { MicroError } from "../../core/errors.js";
import type { SidecarAnswer } from "./http.js";

/** Passes a good answer on. @throws {MicroError} what the sidecar said, as an object or, as old ones do, in plain text. */
export function checked(answer: SidecarAnswer): SidecarAnswer {
  if (answer.status < 400) return answer;
  const told = MicroError.parse(answer.body.trim());
  if (told.code !== 0) throw told;
  throw new MicroError("go.micro.sidecar", answer.status, told.detail || "no text");
}
