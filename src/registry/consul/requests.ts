import type { Call } from "./connection.js";
import type { Registration } from "./registration.js";

/** The requests that we make of Consul, each with its guard. */
export function register(registration: Registration): Call {
  return (consul, guard) => consul.agent.service.register({ ...registration, ...guard });
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
