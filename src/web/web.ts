import { MicroError } from "../core/errors.js";
import { silent } from "../core/log/log.js";
import { formatAddress, parseAddress } from "../core/net/address.js";
import { loopback } from "../core/net/local-address.js";
import type { Metadata } from "../core/service.js";
import { callMetadata } from "../http/admission/edge-headers.js";
import type { HttpServer } from "../http/listener/listener.js";
import type { RequestContext } from "../http/message/request-context.js";
import type { RequestHead } from "../http/message/request-head.js";
import { RpcHandler } from "../http/rpc/rpc.js";
import { httpServer } from "../http/server.js";
import { webSockets } from "../http/stream/websocket.js";
import type { MicroService } from "../service/service.js";
import { Apps } from "./apps/apps.js";
import { LoginSessions, withoutSession } from "./apps/sessions.js";
import { id, type WebContext } from "./context.js";
import type { WebOptions } from "./options.js";
import { readAssets } from "./pages/assets.js";
import { wantsBarePage } from "./pages/pages.js";
import { Viewers } from "./pages/viewers.js";
import { RatesPoller } from "./rates/rates.js";
import { RegistryView } from "./registry/registry-view.js";
import { appsOf } from "./registry/summary.js";
import { redirectHandler, webHandler } from "./request-handler.js";
import { publishChanges } from "./routes/feed-routes.js";
import { dashboardRoutes } from "./routes.js";

export type { WebOptions } from "./options.js";

/** The dashboard's listener. */
export interface WebServer extends HttpServer {
  /** Returns a link that logs in once, valid for ten minutes. The plain URL if no token is required. */
  loginUrl(): string;
}

/**
 * The live dashboard, and the reverse proxy for web apps. The default address is 127.0.0.1:8082.
 * @throws {MicroError} 400 (USAGE) for `admin` without a token, 500 ADDRESS_IN_USE.
 */
export async function web(service: MicroService, options: WebOptions = {}): Promise<WebServer> {
  const { namespace = "go.micro.web", admin = false, log = silent, token } = options;
  if (admin && !token) throw new MicroError(id, 400, "--web_admin: needs --token_file", { reason: "USAGE" });
  const assets = await readAssets();
  const sessions = new LoginSessions();
  const view = new RegistryView(service.registry, log);
  const { proxyIdleTimeout: idle, proxyUploadTimeout: upload } = options;
  const apps = new Apps({
    selector: service.selector,
    registry: service.registry,
    namespace,
    guarded: token !== undefined,
    idle,
    upload,
    log,
  });
  const viewers = new Viewers();
  const publish = (latest: WebContext["rates"]["latest"]) => viewers.send("rates", latest);
  const rates = new RatesPoller({
    view,
    client: service.client,
    wanted: () => viewers.size > 0,
    publish,
    isApp: (name) => name.startsWith(`${namespace}.`),
  });
  const owned = [rates, viewers, apps, view];
  try {
    const listeners = await listen({ service, options, assets: [...assets.files.keys()], sessions, apps });
    const { http, origin } = listeners;
    http.app.addHook("onClose", () => close([...owned, ...listeners.beside]));
    const parts: WebContext = {
      service,
      http,
      assets,
      view,
      viewers,
      rates,
      access: { admin, login: token !== undefined, unverified: options.unverified === true },
      apps: () => appsOf(view.summaries(), namespace, origin()),
      log,
    };
    http.stopping.addEventListener("abort", () => viewers.close(), { once: true });
    const stop = publishChanges(parts);
    http.app.addHook("onClose", async () => stop());
    await webSockets(http.app);
    const secure = options.tls !== undefined;
    await http.app.register(dashboardRoutes, { parts, sessions, secure, terminal: options.terminal ?? {} });
    await http.listen();
    const invite = () => `${http.url}/login#t=${sessions.invite()}`;
    return Object.assign(http, { loginUrl: () => (token ? invite() : http.url) });
  } catch (error) {
    await close(owned);
    throw error;
  }
}

interface Listening {
  readonly service: MicroService;
  readonly options: WebOptions;
  readonly assets: readonly string[];
  readonly sessions: LoginSessions;
  readonly apps: Apps;
}

/** Opens the dashboard's listener. With `admin`, also a second one, so that apps have a separate origin. */
async function listen({ service, options, assets, sessions, apps }: Listening) {
  const address = options.address ?? loopback(8082);
  const shared = {
    ...options,
    name: id,
    nodesOut: () => service.selector.nodesOut?.(),
    limits: { ...options.limits, requestTimeout: 0 }, // uploads to apps may take long
    authenticate: ({ headers }: { headers: Parameters<LoginSessions["has"]>[0] }) => sessions.has(headers),
    fastFront: false, // it does not handle requests of browsers
  };
  const rpc = new RpcHandler({
    client: service.client,
    metadata: visitorMetadata,
    label: "/rpc",
    ...(options.log && { log: options.log }),
  });
  if (!options.admin) {
    const http = await httpServer({
      ...shared,
      ...guards(sessions, assets),
      address,
      requestHandler: webHandler(rpc, apps),
    });
    return { http, beside: [], origin: () => "" };
  }
  const beside = await httpServer({
    ...shared,
    address: options.appsAddress ?? anyPort(address),
    requestHandler: apps,
  });
  await beside.listen();
  const requestHandler = webHandler(
    rpc,
    redirectHandler(() => beside.url),
  );
  const http = await httpServer({ ...shared, ...guards(sessions, assets), address, requestHandler });
  return { http, beside: [beside], origin: () => beside.url };
}

/** The metadata of a call through `/rpc`, without the session cookie. */
function visitorMetadata(head: RequestHead, context: RequestContext): Metadata {
  const { Cookie: cookies = "", ...metadata } = callMetadata(head, context);
  const others = withoutSession(cookies);
  return others === "" ? metadata : { ...metadata, Cookie: others };
}

/** Requests that need no token: those with a session, and those for pages and assets, which hold no data. */
function guards(sessions: LoginSessions, assets: readonly string[]) {
  return {
    authenticate: (request: Parameters<typeof wantsBarePage>[0]) =>
      sessions.has(request.headers) || wantsBarePage(request),
    publicPaths: ["/login", "/favicon.ico", ...assets],
  };
}

function anyPort(address: string): string {
  if (address.startsWith("unix:")) return loopback(0);
  return formatAddress({ host: parseAddress(address).host, port: 0 });
}

async function close(owned: readonly { close(): unknown }[]): Promise<void> {
  for (const one of owned) await one.close();
}
