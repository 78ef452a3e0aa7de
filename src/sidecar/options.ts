import type { HttpOptions } from "../http/server.js";

/** How a sidecar listens, and the application that it stands beside. */
export interface SidecarOptions extends Partial<HttpOptions> {
  readonly app?: AppOptions;
  /** Milliseconds for a call whose caller does not say. Default 5000. */
  readonly timeout?: number;
  /** Networks (addresses, CIDR blocks) that calls by `address` may reach beside the nodes of the service. */
  readonly allowAddress?: readonly string[];
  /** What is done to a framed subscriber that does not keep up. Default `gap`: the oldest messages go, and it is told. */
  readonly slow?: "gap" | "close";
}

/** The application beside a sidecar: what the sidecar registers, and how it looks whether that is well. */
export interface AppOptions {
  readonly name: string;
  /** `host:port` where other services reach it. */
  readonly address: string;
  /** Answers 200 when the application is well; without it, it counts as well. */
  readonly healthcheckUrl?: string;
  /** Milliseconds between two looks. Default 10 s, ± 20 %. */
  readonly interval?: number;
  /** Milliseconds for an answer. Default 2 s. */
  readonly timeout?: number;
  /** Failures in a row after which it is deregistered. Default 3. */
  readonly failures?: number;
  /** Successes in a row after which it is registered again. Default 2. */
  readonly successes?: number;
  /** Milliseconds of its registration, renewed three times in that time. Default 30 s. */
  readonly ttl?: number;
  /** Sent to the health check as `X-Micro-Sidecar-Token`. */
  readonly token?: string;
}

/** Names a sidecar in the errors that it makes itself. */
export const sidecarId = "go.micro.sidecar";
