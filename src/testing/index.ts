export { type BrokerSuiteOptions, brokerSuite, type OpenBroker } from "./broker.js";
export { type CodecSamples, codecSuite } from "./codec.js";
export { Collector } from "./collector.js";
export { eventually } from "./eventually.js";
export { type Fault, FaultProxy } from "./fault-proxy.js";
export { type RegistrySuiteOptions, registrySuite } from "./registry.js";
export { selectorSuite, strategySuite, suiteService } from "./selector.js";
export { transportSuite } from "./transport.js";
