export { type AgentOptions, agent } from "./agent.js";
