import type { Call } from "./call.js";

/** The requests to Consul, each with its guard. */
export function register(registration: AgentRegistration): Call {
  return (consul, guard) => consul.agent.service.register({ ...registration, ...guard });
}

/** Reads one service from the agent. The `consul` package has no method for it. */
export function registered(id: string): Call {
  return (consul, guard) => {
    const request = { name: "agent.service.get", path: "/agent/service/{id}", params: { id }, ...guard };
    return (consul as unknown as Getting)._get(request, reply);
  };
}

interface Getting {
  _get(
    request: object,
    reply: (request: Replied, next: (...result: unknown[]) => void) => void,
  ): Promise<unknown>;
}

interface Replied {
  readonly err?: { response?: unknown };
  readonly res?: { readonly body?: unknown };
}

/** Does what the package does for its own methods when the whole response is wanted. */
function reply({ err, res }: Replied, next: (...result: unknown[]) => void): void {
  if (err) next(false, Object.assign(err, { response: res }));
  else next(false, undefined, [res, res?.body]);
}

export function deregister(id: string): Call {
  return (consul, guard) => consul.agent.service.deregister({ id, ...guard });
}

export function pass(id: string): Call {
  return (consul, guard) => consul.agent.check.pass({ id, ...guard });
}

export function health(service: string, blocking: object = {}): Call {
  return (consul, guard) => consul.health.service({ service, ...blocking, ...guard });
}

export function names(blocking: object = {}): Call {
  return (consul, guard) => {
    const options: object = { ...blocking, ...guard };
    return consul.catalog.service.list(options);
  };
}

/** Lists the machines in the catalog. */
export function nodes(): Call {
  return (consul, guard) => {
    const options: object = guard;
    return consul.catalog.node.list(options);
  };
}

/** Lists the services registered at this agent, by id. */
export function registeredHere(): Call {
  return (consul, guard) => {
    const options: object = guard;
    return consul.agent.service.list(options);
  };
}

/** Lists the checks of all services, or of those that match `filter`. */
export function checks(blocking: object = {}, filter?: string): Call {
  const filtered = filter === undefined ? {} : { filter };
  return (consul, guard) => consul.health.state({ state: "any", ...filtered, ...blocking, ...guard });
}

export function leader(): Call {
  return (consul, guard) => {
    const options: object = guard;
    return consul.status.leader(options);
  };
}

/** Reads the agent's description of itself. */
export function self(): Call {
  return (consul, guard) => {
    const options: object = guard;
    return consul.agent.self(options);
  };
}

/** A registration as the package takes it. Typed here because it silently drops misspelt keys. */
export interface AgentRegistration {
  readonly id: string;
  readonly name: string;
  readonly tags: string[];
  readonly address?: string;
  readonly port?: number;
  readonly check?: TtlCheck;
}

export interface TtlCheck {
  readonly name: string;
  readonly ttl: string;
  readonly timeout: string;
  readonly status: "passing";
  readonly deregistercriticalserviceafter: string;
}
