import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Log } from "../../src/core/log/log.js";
import type { Service } from "../../src/core/service.js";
import { ConsulRegistry } from "../../src/registry/consul/consul.js";
import type { RegisterOptions } from "../../src/registry/registry.js";
import { type MicroService, type ServiceOptions, service } from "../../src/service/index.js";
import { eventually } from "../../src/testing/eventually.js";
import { needs } from "../support/needs.js";
import { startConsul } from "../support/servers/consul.js";
import { registerElsewhere } from "../support/servers/foreign-consul.js";

interface Told {
  readonly service: string;
  readonly nodes: readonly string[];
  readonly fix: string;
}

/** Counts what it wrote. */
class CountingRegistry extends ConsulRegistry {
  writes = 0;

  override async register(written: Service, options?: RegisterOptions): Promise<void> {
    await super.register(written, options);
    this.writes++;
  }
}

/** A service on the Consul at `registry`, and the errors that it logs. */
function made(registry: string, options: Partial<ServiceOptions> = {}) {
  const errors: Told[] = [];
  const told: string[] = [];
  const log: Log = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (fields, text) => {
      errors.push(fields as Told);
      told.push(text);
    },
  };
  const name = "go.micro.srv.greeter";
  const counting = new CountingRegistry({ addresses: [registry] }, {});
  const set = { registry: counting, registerInterval: 100, argv: [], env: {}, drainDelay: 0 };
  const one: MicroService = service({ name, log, ...set, ...options });
  one.subscribe("greetings", async () => {});
  const renewals = () => eventually(() => assert.ok(counting.writes > 6, "renewed"));
  const close = async () => {
    await one.close();
    await counting.close();
  };
  return { one, errors, told, renewals, close };
}

const elsewhere = { name: "go.micro.srv.other", address: "10.9.9.9", port: 1 };
const ofServer = "start it with --server_address=0.0.0.0:0, or --server_advertise=HOST";
const ofBroker = "subscribe with --broker_address=0.0.0.0:0, or --server_advertise=HOST";

describe("T1: a service that registers a loopback address", needs("consul"), () => {
  it("logs a warning once, with the fix, if the registry knows another machine", async () => {
    await using consul = await startConsul();
    await registerElsewhere(consul.address, elsewhere);
    const { one, errors, told, renewals, close } = made(consul.address);
    await one.start();
    await eventually(() =>
      assert.deepEqual(errors.map(({ fix }) => fix).sort(), [ofServer, ofBroker].sort()),
    );
    const own = errors.find(({ fix }) => fix === ofServer);
    assert.equal(own?.service, "go.micro.srv.greeter");
    assert.match(String(own?.nodes), /^go\.micro\.srv\.greeter-[0-9a-f-]+$/);
    assert.match(
      told.join("\n"),
      /other machines cannot call it: start it with --server_address=0\.0\.0\.0:0/,
    );
    await renewals();
    assert.equal(errors.length, 2);
    await close();
  });

  it("logs the warning if a program of another machine registered at the same agent", async () => {
    await using consul = await startConsul();
    await using registry = new CountingRegistry({ addresses: [consul.address] }, {});
    const node = { id: "other-1", address: "10.9.9.9", port: 1, metadata: {} };
    await registry.register({ name: "other", version: "1", metadata: {}, endpoints: [], nodes: [node] });
    const { one, errors, close } = made(consul.address);
    await one.start();
    await eventually(() => assert.equal(errors.length, 2));
    await close();
  });

  it("logs no warning while all programs are on this machine, or if it has another address", async () => {
    await using consul = await startConsul();
    const alone = made(consul.address);
    await alone.one.start();
    await alone.renewals();
    await alone.close();
    assert.deepEqual(alone.errors, []);
    await registerElsewhere(consul.address, elsewhere);
    const reached = made(consul.address, { advertise: "10.1.2.3" });
    await reached.one.start();
    await reached.renewals();
    await reached.close();
    assert.deepEqual(reached.errors, []);
  });
});
