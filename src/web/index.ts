export { type WebOptions, type WebServer, web } from "./web.js";
