/**
 * Conformance suites for implementations of `Registry`, `Transport`, `Broker`, `Selector` and `Codec`, to run under
 * `node:test`, and a proxy that fails like a network.
 *
 * @module micro-toolkit/testing
 */
export {
  type BrokerSuiteOptions,
  brokerSuite,
  type OpenBroker,
  type OpenBrokerOptions,
} from "./broker/broker.js";
export { type CodecSamples, codecSuite } from "./codec.js";
export { Collector } from "./collector.js";
export { eventually } from "./eventually.js";
export { FaultProxy } from "./faults/fault-proxy.js";
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
} from "./faults/faults.js";
export { type RegistrySuiteOptions, registrySuite } from "./registry/registry.js";
export { selectorSuite, strategySuite, suiteService } from "./selector.js";
export { transportSuite } from "./transport/transport.js";
export type { OpenTransport } from "./transport/transport-served.js";
