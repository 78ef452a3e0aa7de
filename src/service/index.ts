import { exitIfUncaught } from "./fatal-error.js";
import { RunningService } from "./micro-service.js";
import type { ServiceOptions } from "./options.js";
import type { MicroService } from "./service.js";

export type { ServiceOptions } from "./options.js";
export type { MicroService } from "./service.js";

/**
 * Makes a service. Flags (`--server_name`, `--registry`, …) and `MICRO_*` variables override the options, which override
 * `micro.json`. Nothing is opened or bound before `start`, `run` or the first call.
 * @throws {MicroError} 400 for a setting that does not parse. If it is not caught, the process exits with 2.
 */
export function service(options: ServiceOptions): MicroService {
  try {
    return new RunningService(options);
  } catch (error) {
    throw exitIfUncaught(error);
  }
}
