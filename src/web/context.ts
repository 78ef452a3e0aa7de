import type { Log } from "../core/log/log.js";
import type { HttpServer } from "../http/listener/listener.js";
import type { MicroService } from "../service/service.js";
import type { Access, App } from "./model.js";
import type { Assets } from "./pages/assets.js";
import type { Viewers } from "./pages/viewers.js";
import type { RatesPoller } from "./rates/rates.js";
import type { RegistryView } from "./registry/registry-view.js";

/** What the routes of the dashboard share. */
export interface WebContext {
  readonly service: MicroService;
  readonly http: HttpServer;
  readonly assets: Assets;
  readonly view: RegistryView;
  readonly viewers: Viewers;
  readonly rates: RatesPoller;
  readonly access: Access;
  readonly apps: () => readonly App[];
  readonly log: Log;
}

/** Id of this program in errors. */
export const id = "go.micro.web";
