export { api } from "./api.js";
export type { ApiOptions, HandlerName } from "./options.js";
