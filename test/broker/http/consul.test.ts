import { after, before, describe } from "node:test";
import { HttpBroker } from "../../../src/broker/http/http.js";
import { ConsulRegistry } from "../../../src/registry/consul/consul.js";
import { brokerSuite, type OpenBroker } from "../../../src/testing/broker/broker.js";
import { needs } from "../../support/needs.js";
import { type ConsulServer, startConsul } from "../../support/servers/consul.js";

describe("HTTP broker with Consul", needs("consul"), () => {
  let consul: ConsulServer;
  const registries: ConsulRegistry[] = [];

  before(async () => {
    consul = await startConsul();
  });

  after(async () => {
    for (const registry of registries) await registry.close();
    await consul[Symbol.asyncDispose]();
  });

  const open: OpenBroker = async (options) => {
    const registry = new ConsulRegistry({ addresses: [consul.address] }, {});
    registries.push(registry);
    return new HttpBroker({ ...options, registry });
  };

  brokerSuite("http with consul", open, { acknowledges: true, restart: () => consul.restart() });
});
