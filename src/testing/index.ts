export { type BrokerSuiteOptions, brokerSuite, type OpenBroker } from "./broker.js";
export { type CodecSamples, codecSuite } from "./codec.js";
export { Collector } from "./collector.js";
export { eventually } from "./eventually.js";
export { FaultProxy } from "./fault-proxy.js";
export type {
  Corrupt,
  Delay,
  Fault,
  HalfOpen,
  Hang,
  NoFault,
  Refuse,
  Reset,
  Trickle,
  Truncate,
} from "./faults.js";
export { type RegistrySuiteOptions, registrySuite } from "./registry.js";
export { selectorSuite, strategySuite, suiteService } from "./selector.js";
export { transportSuite } from "./transport.js";
export type { OpenTransport } from "./transport-served.js";
