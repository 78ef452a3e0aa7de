import type { CheckEntry, ExternalNode, ServiceEntry } from "../model.js";
import { Store } from "../store.js";
import { agentServiceView, catalogServiceView, checkView, healthServiceView, nodeView } from "../views.js";

/** One entry of each list with all its members, which defines the selectors that a filter may use. */
const node: ExternalNode = {
  id: "",
  name: "",
  address: "",
  datacenter: "",
  taggedAddresses: {},
  meta: {},
  createIndex: 1,
  modifyIndex: 1,
};
const service: ServiceEntry = {
  id: "",
  name: "",
  tags: [],
  address: "",
  port: 1,
  meta: {},
  taggedAddresses: { "*": { Address: "", Port: 1 } },
  weights: { Passing: 1, Warning: 1 },
  enableTagOverride: false,
  createIndex: 1,
  modifyIndex: 1,
  checks: new Map(),
};
const check: CheckEntry = {
  id: "",
  name: "",
  notes: "",
  serviceId: "",
  status: "passing",
  probe: { type: "" },
  deregisterAfter: 0,
  output: "",
  createIndex: 1,
  modifyIndex: 1,
};

export const nodeExample = nodeView(node);
export const agentServiceExample = agentServiceView(service);
export const checkExample = checkView(node, new Store(), check);
export const catalogServiceExample = catalogServiceView(node, service);
export const healthServiceExample = {
  Node: nodeExample,
  Service: healthServiceView(service),
  Checks: [checkExample],
};
