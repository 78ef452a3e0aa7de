import type { FastifyInstance } from "fastify";
import { notFound } from "../../core/errors.js";
import type { InitialRoutes } from "../routing/initial-routes.js";
import type { Routes } from "../routing/routes.js";
import { docsPage, docsPolicy, docsScript, docsStyle, startPage } from "./docs-page.js";
import { type OpenApiOptions, openApi } from "./openapi.js";

/** `/openapi.json`: a description of all current routes. `/docs`: a self-contained page that shows it. */
export async function openApiRoutes(
  app: FastifyInstance,
  options: OpenApiOptions & { routes: Routes; first: InitialRoutes },
): Promise<void> {
  app.get("/openapi.json", async (_, reply) => {
    await options.first.wait("go.micro.api");
    return reply.header("Cache-Control", "no-store").send(openApi(options.routes, options));
  });
  app.get("/", async ({ headers }, reply) => {
    reply.code(404).header("Vary", "Accept");
    if (!headers.accept?.includes("text/html")) throw notFound("go.micro.api", "GET /: no such route");
    return reply.headers(docsPolicy).type("text/html; charset=utf-8").send(startPage);
  });
  app.get("/docs", async (_, reply) =>
    reply.headers(docsPolicy).type("text/html; charset=utf-8").send(docsPage),
  );
  app.get("/docs/page.js", async (_, reply) =>
    reply.headers(docsPolicy).type("text/javascript; charset=utf-8").send(docsScript),
  );
  app.get("/docs/page.css", async (_, reply) =>
    reply.headers(docsPolicy).type("text/css; charset=utf-8").send(docsStyle),
  );
  app.get("/favicon.ico", async (_, reply) => reply.code(204).send());
}
