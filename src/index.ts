export type { CallOptions, CallReport, Client, PublishOptions, Stream } from "./client/client.js";
export { formatAddress, type HostPort } from "./core/address.js";
export type { Abortable, Closeable } from "./core/closeable.js";
export { type Context, currentContext } from "./core/context.js";
export {
  badRequest,
  type ErrorContext,
  type Executed,
  forbidden,
  internal,
  MicroError,
  notFound,
  type Reason,
  timeout,
  unauthorized,
  unavailable,
} from "./core/errors.js";
export { loopbackAddress } from "./core/local-address.js";
export type { Log } from "./core/log.js";
export type { MessageType, MethodTypes, StandardSchema } from "./core/schema.js";
export type { Endpoint, Metadata, Node, Service, Value } from "./core/service.js";
export type { Plugin } from "./plugins/index.js";
export type { Handler, Handlers, Server, StreamHandler, SubscriberOptions } from "./server/server.js";
export { type MicroService, type ServiceOptions, service } from "./service/index.js";
