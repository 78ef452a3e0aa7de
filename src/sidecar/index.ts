export type { AppOptions, SidecarOptions } from "./options.js";
export { sidecar } from "./sidecar.js";
