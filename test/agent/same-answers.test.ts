import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { agent } from "../../src/agent/index.js";
import { type Answer, ask } from "../support/ask.js";
import { needs } from "../support/needs.js";
import { startConsul } from "../support/servers/consul.js";
import type { Target } from "./consul-api.js";

/** One request: method, path, body. What it answers must be the same from both. */
type Step = readonly [method: string, path: string, body?: unknown];

const service = "/v1/agent/service/register";
const check = "/v1/agent/check/register";

const steps: readonly Step[] = [
  [
    "PUT",
    service,
    { ID: "w1", Name: "web", Tags: ["a", "b", "a"], Port: 80, Address: "10.0.0.1", Check: { TTL: "30s" } },
  ],
  [
    "PUT",
    service,
    {
      id: "w2",
      name: "web",
      port: 81,
      meta: { k: "v" },
      weights: { passing: 3, warning: 2 },
      enable_tag_override: true,
    },
  ],
  [
    "PUT",
    service,
    {
      ID: "h1",
      Name: "named",
      Address: "host.example",
      TaggedAddresses: { lan: { Address: "1.2.3.4", Port: 5 } },
    },
  ],
  [
    "PUT",
    service,
    { Name: "several", Checks: [{ TTL: "30s" }, { TTL: "30s", Name: "own", Notes: "n", Status: "passing" }] },
  ],
  ["PUT", service, { Name: "mixed", Check: { CheckID: "mine", TTL: "30s" }, Checks: [] }],
  [
    "PUT",
    service,
    { Name: "topic:wire.topic", Tags: ["v-789c32d433d03300040000ffff02ce00ee"], Check: null, Checks: null },
  ],
  ["PUT", service, { Name: "empty", Check: {} }],
  ["PUT", "/v1/agent/check/pass/service:w1?note=hello"],
  ["PUT", check, { ID: "c1", Name: "C1", TTL: "30s", Notes: "n", ServiceID: "w1" }],
  ["PUT", "/v1/agent/check/update/c1", { Status: "warning", Output: "so so" }],
  ["PUT", check, { Name: "node-wide", TTL: "30s", Status: "passing" }],
  ["GET", "/v1/agent/services"],
  ["GET", "/v1/agent/service/w1"],
  ["GET", "/v1/agent/service/absent"],
  ["GET", "/v1/agent/checks"],
  ["GET", "/v1/agent/health/service/id/w1"],
  ["GET", "/v1/agent/health/service/id/absent"],
  ["GET", "/v1/agent/health/service/name/web"],
  ["GET", "/v1/agent/health/service/name/absent"],
  ["GET", "/v1/catalog/services"],
  ["GET", "/v1/catalog/services?stale="],
  ["GET", "/v1/catalog/service/web"],
  ["GET", "/v1/catalog/service/web?tag=a"],
  ["GET", "/v1/catalog/service/named"],
  ["GET", "/v1/catalog/service/absent"],
  ["GET", "/v1/catalog/nodes"],
  ["GET", "/v1/catalog/datacenters"],
  ["GET", "/v1/catalog/node/absent"],
  ["GET", "/v1/health/service/web"],
  ["GET", "/v1/health/service/web?passing=1"],
  ["GET", "/v1/health/service/web?passing=false"],
  ["GET", "/v1/health/service/web?tag=a&near=_agent&dc=dc1&pretty"],
  ["GET", "/v1/health/service/several"],
  ["GET", "/v1/health/service/topic:wire.topic?stale="],
  ["GET", "/v1/health/service/absent"],
  ["GET", "/v1/health/checks/web"],
  ["GET", "/v1/health/checks/absent"],
  ["GET", "/v1/health/state/warning"],
  ["GET", "/v1/health/state/any"],
  ["GET", "/v1/health/state/bogus"],
  ["GET", "/v1/health/node/absent"],
  ["PUT", service, {}],
  ["PUT", service, ""],
  ["PUT", service, "null"],
  ["PUT", service, { Name: 5 }],
  ["PUT", service, { Name: "y", Port: "1" }],
  ["PUT", service, { Name: "y", Address: "0.0.0.0" }],
  ["PUT", service, { Name: "y", Meta: { "a b": "c" } }],
  ["PUT", service, { Name: "y", Weights: { Passing: 0 } }],
  ["PUT", service, { Name: "y", Check: { TTL: "zz" } }],
  ["PUT", service, { Name: "y", Check: { TTL: "30" } }],
  ["PUT", service, { Name: "y", Check: { TTL: "-3s" } }],
  ["PUT", service, { Name: "y", Check: { TTL: "3s", Interval: "3s" } }],
  ["PUT", service, { Name: "y", Check: { TTL: "3s", Status: "bad" } }],
  ["PUT", service, { Name: "y", Check: { HTTP: "http://127.0.0.1:1/" } }],
  ["PUT", check, { TTL: "30s" }],
  ["PUT", check, { Name: "x" }],
  ["PUT", check, { Name: "x", TTL: "30s", ServiceID: "absent" }],
  ["PUT", "/v1/agent/check/pass/absent"],
  ["PUT", "/v1/agent/check/update/c1", { Status: "zz" }],
  ["PUT", "/v1/agent/check/update/c1", {}],
  ["PUT", "/v1/agent/check/deregister/absent"],
  ["PUT", "/v1/agent/check/deregister/"],
  ["PUT", "/v1/agent/service/deregister/absent"],
  ["PUT", "/v1/agent/service/deregister/"],
  ["GET", "/v1/health/service/web?index=-1"],
  ["GET", "/v1/health/service/web?index=abc"],
  ["GET", "/v1/health/service/web?index=1&wait=zz"],
  ["GET", "/v1/health/service/web?index=1"],
  ["GET", "/v1/health/service/web?passing=x"],
  ["GET", "/v1/health/service/web?dc=other"],
  ["GET", "/v1/health/service/web?stale&consistent"],
  ["GET", "/v1/health/service/"],
  ["GET", "/v1/health/checks/"],
  ["GET", "/v1/health/state/"],
  ["GET", "/v1/catalog/service/"],
  ["GET", "/v1/catalog/services?node-meta=a:b"],
  ["POST", service, { Name: "y" }],
  ["GET", service],
  ["POST", "/v1/health/service/web"],
  ["PUT", "/v1/catalog/register", {}],
  ["PUT", "/v1/catalog/register", { Node: "n2" }],
  ["PUT", "/v1/catalog/register", { Node: "n2", Address: "1.1.1.1", Service: { ID: "q" } }],
  ["PUT", "/v1/catalog/register", { Node: "n2", Address: "1.1.1.1", Datacenter: "dc9" }],
  [
    "PUT",
    "/v1/catalog/register",
    { Node: "n2", Address: "1.1.1.1", Check: { CheckID: "k", Name: "K", ServiceID: "none" } },
  ],
  ["PUT", "/v1/catalog/register", { Node: "n2", Address: "1.1.1.1", Check: { Name: "c" } }],
  [
    "PUT",
    "/v1/catalog/register",
    {
      Node: "ext",
      Address: "10.0.0.9",
      NodeMeta: { x: "y" },
      TaggedAddresses: { lan: "10.0.0.9" },
      Service: { ID: "e1", Service: "web", Tags: ["a"], Port: 5, Meta: { k: "v" } },
      Check: { Node: "ext", CheckID: "service:e1", Name: "c", Status: "passing", ServiceID: "e1" },
    },
  ],
  ["GET", "/v1/catalog/node/ext"],
  ["GET", "/v1/health/node/ext"],
  ["GET", "/v1/health/node/n2"],
  ["GET", "/v1/catalog/service/web"],
  ["GET", "/v1/health/service/web"],
  ["GET", "/v1/health/service/web?passing"],
  ["GET", "/v1/agent/services"],
  ["GET", "/v1/agent/checks"],
  ["GET", "/v1/agent/health/service/name/web"],
  ["GET", "/v1/catalog/services?node-meta=x:y"],
  ["GET", "/v1/catalog/services?node-meta=x:y&node-meta=z:w"],
  ["GET", "/v1/catalog/nodes?node-meta=x:y"],
  ["GET", "/v1/catalog/nodes?node-meta=x:z"],
  ["GET", "/v1/catalog/nodes?node-meta=xy"],
  ["GET", "/v1/catalog/nodes?node-meta=x:y&node-meta=z:w"],
  ["GET", "/v1/catalog/service/web?node-meta=x:y"],
  ["GET", "/v1/catalog/service/web?node-meta=x:y&node-meta=z:w"],
  ["GET", "/v1/health/service/web?node-meta=x:y"],
  ["GET", "/v1/health/service/web?node-meta=x:y&node-meta=z:w"],
  ["GET", "/v1/health/state/any?node-meta=x:y"],
  ["GET", "/v1/health/state/any?node-meta=x:y&node-meta=z:w"],
  ["GET", "/v1/health/checks/web?node-meta=x:y"],
  ["GET", "/v1/health/checks/web?node-meta=x:y&node-meta=z:w"],
  ["GET", "/v1/health/node/ext?node-meta=x:y"],
  ["GET", "/v1/health/node/ext?node-meta=x:y&node-meta=z:w"],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent("Service.Port==80")}`],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent('Service.Port == "x"')}`],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent('Service.Meta.k == "v"')}`],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent("Service.Meta.k != v")}`],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent('Service.Meta["k"] == v')}`],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent('"a" in Service.Tags')}`],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent("Service.Tags contains a")}`],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent("a not in Service.Tags")}`],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent("Service.Bogus == 1")}`],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent("Checks.Status == passing")}`],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent("Checks is empty")}`],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent("Checks is not empty")}`],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent("Service.ID contains w")}`],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent('"w" in Service.ID')}`],
  [
    "GET",
    `/v1/health/service/web?filter=${encodeURIComponent("(Service.ID == w1 or Service.ID==w2) and Service.Port != 80")}`,
  ],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent("Node.Meta.x == y")}`],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent("Service.EnableTagOverride == false")}`],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent("Service.Meta contains k")}`],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent("k in Service.Meta")}`],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent("Service.Meta is not empty")}`],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent("not Service.Tags is empty")}`],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent("Service.Weights.Passing == 3")}`],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent("Service.Tags == a")}`],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent("Service.ID is empty")}`],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent("Service.TaggedAddresses.lan.Address == 1")}`],
  ["GET", `/v1/health/service/web?filter=${encodeURIComponent("Service.Meta.none is empty")}`],
  [
    "GET",
    `/v1/health/state/any?filter=${encodeURIComponent('ServiceName == "web" or ServiceName == `named`')}`,
  ],
  ["GET", `/v1/health/state/any?filter=${encodeURIComponent("Bogus == 1")}`],
  ["GET", `/v1/health/checks/web?filter=${encodeURIComponent("Status == passing")}`],
  ["GET", `/v1/agent/services?filter=${encodeURIComponent("Service == web and Tags contains a")}`],
  ["GET", `/v1/agent/checks?filter=${encodeURIComponent("ServiceID == w1")}`],
  ["GET", `/v1/catalog/nodes?filter=${encodeURIComponent("Meta.x == y")}`],
  ["GET", `/v1/catalog/service/web?filter=${encodeURIComponent("ServicePort == 81")}`],
  ["GET", `/v1/catalog/node/ext?filter=${encodeURIComponent("Service == web")}`],
  ["PUT", "/v1/agent/service/maintenance/w1?enable=true&reason=hot%20fix"],
  ["GET", "/v1/agent/checks"],
  ["GET", "/v1/health/service/web?passing"],
  ["GET", "/v1/health/state/critical"],
  ["GET", "/v1/agent/health/service/id/w1"],
  ["PUT", "/v1/agent/service/maintenance/w1?enable=false"],
  ["PUT", "/v1/agent/service/maintenance/w1?enable=zz"],
  ["PUT", "/v1/agent/service/maintenance/w1"],
  ["PUT", "/v1/agent/service/maintenance/absent?enable=true"],
  ["PUT", "/v1/agent/service/maintenance/?enable=true"],
  ["GET", "/v1/agent/service/maintenance/w1"],
  ["PUT", "/v1/agent/maintenance?enable=true"],
  ["GET", "/v1/agent/checks"],
  ["GET", "/v1/health/service/web?passing"],
  ["PUT", "/v1/agent/maintenance?enable=false"],
  ["PUT", "/v1/agent/service/w1"],
  ["DELETE", service],
  ["POST", "/v1/catalog/register", {}],
  ["GET", "/v1/kv/absent"],
  ["PUT", "/v1/catalog/deregister", {}],
  ["PUT", "/v1/catalog/deregister", { Node: "none" }],
  ["PUT", "/v1/catalog/deregister", { Node: "n2", CheckID: "c" }],
  ["GET", "/v1/catalog/node/n2"],
  ["PUT", "/v1/catalog/deregister", { Node: "ext", ServiceID: "e1" }],
  ["GET", "/v1/catalog/node/ext"],
  ["GET", "/v1/health/node/ext"],
  ["PUT", "/v1/catalog/deregister", { Node: "ext" }],
  ["GET", "/v1/catalog/node/ext"],
  [
    "PUT",
    `${service}?replace-existing-checks=true`,
    { ID: "w1", Name: "web", Tags: ["c"], Port: 82, Check: { TTL: "30s" } },
  ],
  ["GET", "/v1/health/service/web?tag=c"],
  ["PUT", service, { ID: "w1", Name: "renamed" }],
  ["GET", "/v1/health/service/web"],
  ["GET", "/v1/catalog/service/renamed"],
  ["PUT", "/v1/agent/check/deregister/service:w1"],
  ["PUT", "/v1/agent/service/deregister/w1"],
  ["GET", "/v1/agent/checks"],
  ["GET", "/v1/catalog/services"],
];

/**
 * All that Consul specifies. Left out: what belongs to one process or moment (node, indexes, Consul's own service), the
 * text of Go's JSON decoder, the order of sets, whether empty metadata is null, and in local health, whose checks
 * Consul shows as they are inside, their type.
 */
function specified(path: string, { code, headers, text, json }: Answer) {
  const named = Object.keys(headers).filter((name) => name.startsWith("x-consul-") && code < 500);
  return {
    code,
    type: headers["content-type"],
    allow: headers.allow,
    names: named.filter((name) => name !== "x-consul-contenthash").sort(),
    consistency: headers["x-consul-effective-consistency"],
    reason: code === 404 ? "" : headers["x-consul-reason"],
    body: json === undefined ? text.replace(/^(.*cannot unmarshal \w+) .*/, "$1") : masked(json, path),
  };
}

const typeOnly = new Set(["CreateIndex", "ModifyIndex", "Node"]);
const leftOut = new Set(["consul", "ContentHash", "Definition"]);

function masked(value: unknown, path: string): unknown {
  if (Array.isArray(value)) return ordered(value.map((item) => masked(item, path)));
  if (typeof value !== "object" || value === null) return value;
  const isNode = "Datacenter" in value;
  const members = Object.entries(value)
    .filter(([name]) => !leftOut.has(name) && !(name === "Type" && path.startsWith("/v1/agent/health")))
    .map(([name, member]): [string, unknown] => {
      const ours = isNode ? !name.startsWith("Service") : typeOnly.has(name) && typeof member !== "object";
      return [
        name,
        ours ? typeof member : name.endsWith("Meta") ? (member ?? {}) : masked(member ?? [], path),
      ];
    });
  return Object.fromEntries(members);
}

function ordered(list: readonly unknown[]): readonly unknown[] {
  return list.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
}

describe("the embedded agent compared with a real Consul", needs("consul"), () => {
  let ours: Target;
  let real: Target;
  before(async () => {
    [ours, real] = await Promise.all([agent({ address: "127.0.0.1:0" }), startConsul()]);
  });
  after(() => Promise.all([ours[Symbol.asyncDispose](), real[Symbol.asyncDispose]()]));

  it(`gives the same answers, field by field, to ${steps.length} requests`, async () => {
    for (const [method, path, body] of steps) {
      const [ourAnswer, realAnswer] = await Promise.all([
        settled(ours, method, path, body),
        settled(real, method, path, body),
      ]);
      const step = `${method} ${path} ${body === undefined ? "" : JSON.stringify(body)}`;
      assert.deepEqual(specified(path, ourAnswer), specified(path, realAnswer), step);
    }
  });
});

/** The answer; of a catalog read, one that no change followed: Consul's catalog lags behind its agent. */
async function settled(target: Target, method: string, path: string, body: unknown): Promise<Answer> {
  const base = `http://${target.address}`;
  let answer = await ask(base, method, path, body);
  for (let index = answer.headers["x-consul-index"]; index !== undefined; ) {
    const next = await ask(base, "GET", `/v1/health/state/any?index=${index}&wait=100ms`);
    answer = await ask(base, method, path, body);
    if (next.headers["x-consul-index"] === index || answer.headers["x-consul-index"] === index) return answer;
    index = answer.headers["x-consul-index"];
  }
  return answer;
}
