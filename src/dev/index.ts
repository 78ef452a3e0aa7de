export { Dev, type DevOptions } from "./dev.js";
export type { DevEvent } from "./events.js";
