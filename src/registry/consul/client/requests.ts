import type { Call } from "./call.js";

/** The requests that we make of Consul, each with its guard. */
export function register(registration: AgentRegistration): Call {
  return (consul, guard) => consul.agent.service.register({ ...registration, ...guard });
}

/** A service as the agent has it. The client has no method of its own for this. */
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

/** What the client does for its own methods when the whole response is asked for. */
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

/** The machines of the catalog. */
export function nodes(): Call {
  return (consul, guard) => {
    const options: object = guard;
    return consul.catalog.node.list(options);
  };
}

/** What was registered at the agent that is asked, by id. */
export function registeredHere(): Call {
  return (consul, guard) => {
    const options: object = guard;
    return consul.agent.service.list(options);
  };
}

/** The checks of all services, or of those that `filter` names. */
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

/** What the agent that is asked says of itself. */
export function self(): Call {
  return (consul, guard) => {
    const options: object = guard;
    return consul.agent.self(options);
  };
}

/** What the client takes for a registration; a misspelt key would vanish without a word. */
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
