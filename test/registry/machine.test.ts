import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import { isLoopback } from "../../src/core/net/address.js";
import type { Metadata } from "../../src/core/service.js";
import { readEntries } from "../../src/registry/consul/entries/health-response.js";
import { encodeTags } from "../../src/registry/consul/entries/tags.js";
import { formatNodeValue, parseNodeValue } from "../../src/registry/etcd/keys.js";
import {
  isForeign,
  isOwnAddress,
  machineId,
  markForeign,
  withMachineId,
} from "../../src/registry/machine.js";
import { nodeRecords, readNodes } from "../../src/registry/mdns/records.js";

const other = "0123456789abcdef0123456789abcdef";
const node = { id: "a-1", address: "127.0.0.1", port: 8500, metadata: {} };

describe("the machine of a node", () => {
  it("is the same for all programs on one loopback, and survives no other", () => {
    const script = `import("${new URL("../../src/registry/machine.ts", import.meta.url)}").then((m) => console.log(m.machineId()))`;
    const elsewhere = execFileSync(process.execPath, ["--import", "tsx", "-e", script]).toString().trim();
    assert.equal(elsewhere, machineId());
    assert.match(machineId(), /^[0-9a-f]{32}$/);
  });

  it("is an error while no file can be opened, and not another machine", () => {
    const script = `
      import { closeSync, openSync } from "node:fs";
      import { parseNodeValue } from "${new URL("../../src/registry/etcd/keys.ts", import.meta.url)}";
      import { machineId } from "${new URL("../../src/registry/machine.ts", import.meta.url)}";
      const value = Buffer.from(process.argv[1]);
      const open = [];
      try { for (;;) open.push(openSync("/dev/null")); } catch {}
      const tried = (work) => { try { return work(), "nothing"; } catch (error) { return error.code + " " + error.message; } };
      const said = tried(machineId);
      const read = tried(() => parseNodeValue(value, { leased: true, local: true }));
      for (const file of open) closeSync(file);
      console.log(said);
      console.log(machineId());
      console.log(read);
    `;
    const nodes = [{ id: "a-1", address: "127.0.0.1:1", metadata: { host: other } }];
    const value = JSON.stringify({ name: "a", version: "1", nodes });
    const node = ["--import", "tsx", "--input-type=module", "-e", script, value];
    const limited = ["-c", 'ulimit -n 100; exec "$0" "$@"', process.execPath, ...node];
    const [said, id, read] = execFileSync("sh", limited).toString().trim().split("\n");
    assert.match(said ?? "", /^503 .*EMFILE/);
    assert.equal(id, machineId());
    assert.match(read ?? "", /^503 .*EMFILE/, "an entry of etcd is not left out");
  });

  it("is written where the address depends on it, and only there", () => {
    assert.equal(withMachineId(node).metadata.host, machineId());
    assert.equal(withMachineId({ ...node, address: "greeter.test" }).metadata.host, machineId());
    assert.equal(withMachineId({ ...node, address: "10.0.0.1" }).metadata.host, undefined);
    assert.equal(withMachineId({ ...node, metadata: { host: "web-1" } }).metadata.host, "web-1");
  });

  it("is another one when the node says so; unknown, it is this one while the registry is local", () => {
    assert.equal(isForeign({ host: machineId() }, false), false);
    assert.equal(isForeign({ host: other }, true), true);
    for (const metadata of [{}, { host: "web-1" }] as Metadata[]) {
      assert.equal(isForeign(metadata, true), false);
      assert.equal(isForeign(metadata, false), true);
    }
  });

  it("matters for loopback in every spelling and for names, not for other addresses", () => {
    for (const address of ["127.0.0.1", "::1", "127.1", "0x7f.1", "2130706433", "::ffff:7f00:1", "name.test"])
      assert.equal(markForeign({ ...node, address }, true).foreign, true, address);
    for (const address of ["10.0.0.1", "2001:db8::1"])
      assert.equal(markForeign({ ...node, address }, true).foreign, undefined, address);
    for (const address of ["10.0.0.1", "2130706432000", "0", "a.127.0.0.1", "x7f", "..", "::ffff:10.0.0.1"])
      assert.equal(isLoopback(address), false, address);
  });

  it("is, in Consul, that of the agent which has the entry", () => {
    const entry = (name: string, metadata: Record<string, string> = {}) => {
      const tags = encodeTags({ version: "1", metadata, endpoints: [] });
      return {
        Node: { Node: name },
        Service: { Service: "a", ID: "a-1", Address: "127.0.0.1", Port: 1, Tags: tags },
      };
    };
    const foreign = (value: unknown, origin: { node: string | undefined; local: boolean }) =>
      readEntries([value], origin)[0]?.node.foreign === true;
    const here = { node: "here", local: true };
    assert.equal(foreign(entry("here"), here), false);
    assert.equal(foreign(entry("there"), here), true);
    assert.equal(foreign(entry("there", { host: machineId() }), here), true);
    assert.equal(foreign(entry("here", { host: other }), here), true);
    assert.equal(foreign(entry("here"), { node: undefined, local: true }), false);
    const remote = { node: "here", local: false };
    assert.equal(foreign(entry("here"), remote), true);
    assert.equal(foreign(entry("there", { host: machineId() }), remote), false);
  });

  it("is, in etcd, the one that the node names", () => {
    const read = (metadata: Record<string, string>, local: boolean) => {
      const service = { name: "a", version: "1", metadata: {}, endpoints: [], nodes: [] };
      const value = Buffer.from(formatNodeValue(service, { ...node, metadata }));
      return parseNodeValue(value, { leased: true, local })[0]?.node.foreign === true;
    };
    assert.equal(read({}, true), false);
    assert.equal(read({}, false), true);
    assert.equal(read({ host: machineId() }, false), false);
    assert.equal(read({ host: other }, true), true);
  });

  it("is, over mDNS, the sender, whatever the node says", () => {
    const answers = nodeRecords(
      { name: "a", version: "1", endpoints: [], node: { ...node, metadata: { host: machineId() } } },
      "local",
    );
    const from = (address: string) =>
      readNodes({ type: "response", answers }, { address })[0]?.entry.node.foreign;
    assert.equal(from("10.255.255.1"), true);
    assert.equal(from("127.0.0.1"), undefined);
    assert.ok(isOwnAddress("::ffff:7f00:1"));
  });
});
