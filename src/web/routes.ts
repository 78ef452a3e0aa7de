import type { FastifyInstance } from "fastify";
import { assetRoutes } from "./assets.js";
import { feedRoutes } from "./feed-routes.js";
import { loginRoutes } from "./login-routes.js";
import type { Parts } from "./parts.js";
import { queryRoutes } from "./query-routes.js";
import { registryRoutes } from "./registry-routes.js";
import { addSecurityHeaders } from "./security-headers.js";
import type { Sessions } from "./sessions.js";
import { statsRoutes } from "./stats-routes.js";
import { streamRoutes } from "./stream-routes.js";
import { type TerminalOptions, terminalRoutes } from "./terminal-routes.js";
import { topicRoutes } from "./topic-routes.js";

interface DashboardOptions {
  readonly parts: Parts;
  readonly sessions: Sessions;
  /** Served over TLS. */
  readonly secure: boolean;
  readonly terminal: TerminalOptions;
}

/** Every route of the dashboard itself. */
export async function dashboardRoutes(app: FastifyInstance, options: DashboardOptions): Promise<void> {
  const { parts, sessions, secure, terminal } = options;
  addSecurityHeaders(app);
  await assetRoutes(app, parts.assets);
  await feedRoutes(app, parts);
  await registryRoutes(app, parts);
  await queryRoutes(app, parts);
  await streamRoutes(app, parts);
  await topicRoutes(app, parts);
  await statsRoutes(app, parts);
  await terminalRoutes(app, { ...parts, ...terminal });
  await loginRoutes(app, { assets: parts.assets, sessions, secure });
  app.get("/favicon.ico", async (_, reply) => reply.header("Content-Length", "0").send());
}
