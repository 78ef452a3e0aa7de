/**
 * Services, clients and errors: everything that a service needs.
 *
 * ```ts
 * import { service } from "micro-toolkit";
 * import { z } from "zod";
 *
 * const greeter = service({ name: "go.micro.srv.greeter" });
 * const types = { request: z.object({ name: z.string() }), response: z.object({ msg: z.string() }) };
 * greeter.handle("Say.Hello", types, async ({ name }) => ({ msg: `Hello ${name}` }));
 * await greeter.run();
 * ```
 *
 * @module micro-toolkit
 */
export type { CallOptions, CallReport, Client, PublishOptions, Stream } from "./client/client.js";
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
  type UnreachableBackend,
  unauthorized,
  unavailable,
  type WireError,
} from "./core/errors.js";
export type { Log } from "./core/log/log.js";
export { formatAddress, type HostPort } from "./core/net/address.js";
export { loopbackAddress } from "./core/net/local-address.js";
export type {
  JsonSchemaOptions,
  MessageType,
  MethodTypes,
  Received,
  SchemaIssue,
  SchemaPathSegment,
  SchemaResult,
  Sent,
  StandardSchema,
} from "./core/schema.js";
export type { Endpoint, Metadata, Node, NodeStatus, Service, Value } from "./core/service.js";
export type { Clock, Scheduled, ScheduleOptions } from "./core/time/clock.js";
export type { Deadline } from "./core/time/deadline.js";
export type { PartFactory, PartKind, PartOptions, Parts, Plugin, PluginFlag } from "./plugins/index.js";
export type { Handler, Handlers, Server, StreamHandler, SubscriberOptions } from "./server/server.js";
export { type MicroService, type ServiceOptions, service } from "./service/index.js";
