import type { HttpOptions } from "../http/server.js";

/** Options of a sidecar: its listener, and the application that it serves. */
export interface SidecarOptions extends Partial<HttpOptions> {
  readonly app?: AppOptions;
  /** Default timeout of a call, in milliseconds. Default 5000. */
  readonly timeout?: number;
  /** Networks (addresses, CIDR blocks) that calls by `address` may reach besides the service's nodes. Default: none. */
  readonly allowAddress?: readonly string[];
  /** What happens to a slow framed subscriber. Default `gap`: the oldest messages are replaced by a gap frame. */
  readonly slow?: "gap" | "close";
}

/** The application of a sidecar: how it is registered and health-checked. */
export interface AppOptions {
  /** Name of the service. */
  readonly name: string;
  /** `host:port` at which other services reach it. */
  readonly address: string;
  /** URL that answers 200 when the application is healthy. Default: it is always considered healthy. */
  readonly healthcheckUrl?: string;
  /** Milliseconds between health checks, ± 20 %. Default 10,000. */
  readonly interval?: number;
  /** Milliseconds for a response. Default 2000. */
  readonly timeout?: number;
  /** Failures in a row after which it is deregistered. Default 3. */
  readonly failures?: number;
  /** Successes in a row after which it is registered again. Default 2. */
  readonly successes?: number;
  /** TTL of its registration, in milliseconds. It is renewed three times in that time. Default 30,000. */
  readonly ttl?: number;
  /** Sent to the health check as `X-Micro-Sidecar-Token`. */
  readonly token?: string;
}

/** Id of a sidecar's own errors. */
export const sidecarId = "go.micro.sidecar";
