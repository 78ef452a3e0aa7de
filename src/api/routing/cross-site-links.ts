import { refuseLink } from "../../http/admission/origin.js";
import type { RequestContext } from "../../http/message/request-context.js";
import type { Decision } from "./routing.js";

/**
 * Refuses a link from another site's page to a method, unless its endpoint declares the HTTP method GET: its author
 * then states that calling it changes nothing.
 * @throws {MicroError} 403
 */
export function checkLink(context: RequestContext, { endpoint }: Pick<Decision, "endpoint">): void {
  if (!context.foreignLink) return;
  const declared = endpoint?.metadata.method?.toUpperCase().split(",") ?? [];
  if (!declared.some((name) => name.trim() === "GET")) refuseLink(context, "go.micro.api");
}
