import type { FastifyInstance } from "fastify";
import { addSecurityHeaders } from "./apps/security-headers.js";
import type { LoginSessions } from "./apps/sessions.js";
import type { WebContext } from "./context.js";
import { assetRoutes } from "./pages/assets.js";
import { feedRoutes } from "./routes/feed-routes.js";
import { loginRoutes } from "./routes/login-routes.js";
import { queryRoutes } from "./routes/query-routes.js";
import { registryRoutes } from "./routes/registry-routes.js";
import { statsRoutes } from "./routes/stats-routes.js";
import { streamRoutes } from "./routes/stream-routes.js";
import { type TerminalOptions, terminalRoutes } from "./routes/terminal-routes.js";
import { topicRoutes } from "./routes/topic-routes.js";

interface DashboardOptions {
  readonly parts: WebContext;
  readonly sessions: LoginSessions;
  /** True if the dashboard is served over TLS. */
  readonly secure: boolean;
  readonly terminal: TerminalOptions;
}

/** All routes of the dashboard itself. */
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
