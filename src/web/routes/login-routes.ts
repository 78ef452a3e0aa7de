import type { FastifyInstance } from "fastify";
import { MicroError, unauthorized } from "../../core/errors.js";
import { requireJson } from "../../http/admission/origin.js";
import { RateLimit } from "../../http/admission/rate-limit.js";
import { jsonBody } from "../../http/body/body.js";
import { contextOf } from "../../http/message/request-context.js";
import { cookieOf, type LoginSessions } from "../apps/sessions.js";
import { id, type WebContext } from "../context.js";
import { pageRoute } from "../pages/pages.js";

/** Failed attempts per minute and address. */
const maxTries = 10;

/** `/login` exchanges a one-time token for a session. `/logout` ends it. */
export async function loginRoutes(
  app: FastifyInstance,
  { assets, sessions, secure }: Pick<WebContext, "assets"> & { sessions: LoginSessions; secure: boolean },
): Promise<void> {
  const tries = new RateLimit(maxTries, 60_000);
  pageRoute(app, assets, "/login");
  app.post("/login", async (request, reply) => {
    requireJson(request.headers, id);
    const { token } = (jsonBody(request, id) ?? {}) as { token?: unknown };
    const session = typeof token === "string" ? sessions.open(token) : undefined;
    if (session !== undefined) return reply.header("Set-Cookie", cookieOf(session, secure)).code(204).send();
    if (!tries.take(contextOf(request.raw).client))
      throw new MicroError(id, 429, "login: too many invalid tokens", {
        reason: "UNAUTHORIZED",
        executed: "no",
      });
    throw unauthorized(id, "login: token invalid, expired or already used");
  });
  app.post("/logout", async (request, reply) => {
    sessions.end(request.headers);
    return reply.header("Set-Cookie", cookieOf("", secure)).code(204).send();
  });
}
