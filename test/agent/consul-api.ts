import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { type Answer, ask } from "../support/ask.js";

/** A server that speaks the Consul HTTP API, freshly started. */
export interface Target extends AsyncDisposable {
  /** `host:port`. */
  readonly address: string;
}

interface Check {
  readonly CheckID: string;
  readonly Status: string;
  readonly Output: string;
}
interface Entry {
  readonly Service: { readonly ID: string; readonly Tags: readonly string[]; readonly Port: number };
  readonly Checks: readonly Check[];
}

/** What every server does that services register at over the Consul HTTP API. */
export function consulApiSuite(
  name: string,
  open: () => Promise<Target>,
  options: { skip?: string | false } = {},
): void {
  describe(`the Consul HTTP API of ${name}`, options, () => {
    let target: Target;
    before(async () => {
      target = await open();
    });
    after(() => target[Symbol.asyncDispose]());

    const get = (path: string) => ask(`http://${target.address}`, "GET", path);
    const put = async (path: string, body?: unknown) => {
      const answer = await ask(`http://${target.address}`, "PUT", path, body);
      assert.equal(answer.code, 200, answer.text);
    };
    const register = (service: object) => put("/v1/agent/service/register", service);
    const health = async (service: string, query = "") =>
      (await get(`/v1/health/service/${service}${query}`)).json as Entry[];
    const own = (entry: Entry | undefined) => entry?.Checks.find(({ CheckID }) => CheckID !== "serfHealth");
    const index = (answer: Answer) => Number(answer.headers["x-consul-index"]);
    /** Asks, each time for what changed since, until `done` or 15 s have passed. */
    async function until(path: string, done: (entries: never) => boolean): Promise<void> {
      const end = performance.now() + 15_000;
      for (let seen = 0; performance.now() < end; ) {
        const answer = await get(`${path}?wait=1s&index=${seen}`);
        if (done(answer.json as never)) return;
        seen = index(answer);
      }
      assert.fail(`${path} did not become what was expected`);
    }

    it("starts a TTL check as critical, and accepts the status that the service reports", async () => {
      await register({
        ID: "ttl-1",
        Name: "ttl",
        Tags: ["a", "b"],
        Port: 80,
        Address: "10.0.0.1",
        Check: { TTL: "30s" },
      });
      await until("/v1/health/service/ttl", (entries: Entry[]) => own(entries[0])?.Status === "critical");
      assert.deepEqual(await health("ttl", "?passing=1"), []);
      await put("/v1/agent/check/pass/service:ttl-1?note=well");
      await until("/v1/health/service/ttl", (entries: Entry[]) => own(entries[0])?.Status === "passing");
      const [entry] = await health("ttl", "?passing");
      assert.deepEqual(entry?.Service.Tags, ["a", "b"]);
      assert.equal(own(entry)?.CheckID, "service:ttl-1");
      await put("/v1/agent/check/fail/service:ttl-1?note=ill");
      await until("/v1/health/service/ttl", (entries: Entry[]) => own(entries[0])?.Output === "ill");
      await put("/v1/agent/check/update/service:ttl-1", { Status: "warning", Output: "so so" });
      await until("/v1/health/service/ttl", (entries: Entry[]) => own(entries[0])?.Status === "warning");
    });

    it("turns a TTL check critical when no report arrives in time", async () => {
      await register({ ID: "late-1", Name: "late", Check: { TTL: "300ms" } });
      await put("/v1/agent/check/pass/service:late-1?note=before");
      await until(
        "/v1/health/service/late",
        (entries: Entry[]) =>
          own(entries[0])?.Output === "TTL expired (last output before timeout follows): before" &&
          own(entries[0])?.Status === "critical",
      );
    });

    it("keeps the status of a check that is registered again", async () => {
      const service = { ID: "again-1", Name: "again", Check: { TTL: "30s" } };
      await register(service);
      await put("/v1/agent/check/pass/service:again-1");
      await register(service);
      await until("/v1/health/service/again", (entries: Entry[]) => own(entries[0])?.Status === "passing");
    });

    it("selects by tags, all of which have to match", async () => {
      await register({ ID: "tag-1", Name: "tag", Tags: ["x", "y"] });
      await register({ ID: "tag-2", Name: "tag", Tags: ["x"] });
      await until("/v1/health/service/tag", (entries: Entry[]) => entries.length === 2);
      assert.deepEqual(
        (await health("tag", "?tag=y")).map(({ Service }) => Service.ID),
        ["tag-1"],
      );
      assert.equal((await health("tag", "?tag=x&tag=y&near=_agent&stale=")).length, 1);
      assert.deepEqual(await health("tag", "?tag=z"), []);
      const services = (await get("/v1/catalog/services")).json as Record<string, string[]>;
      assert.deepEqual(services.tag?.toSorted(), ["x", "y"]);
    });

    it("answers a blocking query only when its service changes", async () => {
      await register({ ID: "block-1", Name: "block" });
      await until("/v1/health/service/block", (entries: Entry[]) => entries.length === 1);
      const seen = index(await get("/v1/health/service/block"));
      const blocked = get(`/v1/health/service/block?index=${seen}`);
      const other = get(`/v1/health/service/block?index=${seen}&wait=200ms`);
      await register({ ID: "unrelated-1", Name: "unrelated" });
      assert.equal(index(await other), seen);
      await register({ ID: "block-2", Name: "block" });
      const answer = await blocked;
      assert.ok(index(answer) > seen);
      assert.equal((answer.json as Entry[]).length, 2);
    });

    it("answers a blocking query on a missing name when it appears, and when it is removed", async () => {
      const none = await get("/v1/health/service/comes");
      assert.deepEqual(none.json, []);
      const blocked = get(`/v1/health/service/comes?index=${index(none)}`);
      await register({ ID: "comes-1", Name: "comes" });
      await blocked;
      await until("/v1/health/service/comes", (entries: Entry[]) => entries.length === 1);
      const there = index(await get("/v1/health/service/comes"));
      const gone = get(`/v1/health/service/comes?index=${there}`);
      await put("/v1/agent/service/deregister/comes-1");
      assert.deepEqual((await gone).json, []);
      assert.ok(index(await gone) > there);
      await until("/v1/catalog/services", (services: object) => !("comes" in services));
    });

    it("runs HTTP and TCP checks itself", async () => {
      const server = createServer((request, response) => {
        response.writeHead(request.url === "/busy" ? 429 : request.url === "/ok" ? 200 : 500).end("said");
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      const asked = (path: string) => ({ HTTP: `http://127.0.0.1:${port}${path}`, Interval: "1s" });
      await register({ ID: "ok", Name: "asked", Check: asked("/ok") });
      await register({ ID: "busy", Name: "asked", Check: asked("/busy") });
      await register({
        ID: "bad",
        Name: "asked",
        Checks: [asked("/bad"), { TCP: `127.0.0.1:${port}`, Interval: "1s" }],
      });
      const statuses = (entries: Entry[]) =>
        entries.flatMap(({ Checks }) => Checks.map(({ CheckID, Status }) => `${CheckID} ${Status}`));
      const wanted = [
        "service:ok passing",
        "service:busy warning",
        "service:bad:1 critical",
        "service:bad:2 passing",
      ];
      await until("/v1/health/service/asked", (entries: Entry[]) => {
        const found = statuses(entries);
        return wanted.every((status) => found.includes(status));
      });
      for (const id of ["ok", "busy", "bad"]) await put(`/v1/agent/service/deregister/${id}`);
      server.close();
    });

    it("counts a failing check of the node against every service", async () => {
      await register({ ID: "sound-1", Name: "sound" });
      await until("/v1/health/service/sound", (entries: Entry[]) => entries.length === 1);
      const seen = index(await get("/v1/health/service/sound"));
      const blocked = get(`/v1/health/service/sound?index=${seen}`);
      await put("/v1/agent/check/register", { Name: "disk", TTL: "30s" });
      assert.ok(index(await blocked) > seen);
      assert.deepEqual(await health("sound", "?passing"), []);
      await put("/v1/agent/check/deregister/disk");
      await until(
        "/v1/health/service/sound",
        (entries: Entry[]) => !entries[0]?.Checks.some(({ CheckID }) => CheckID === "disk"),
      );
    });

    it("reports local health as a status code", async () => {
      await register({ ID: "code-1", Name: "code", Check: { TTL: "30s", Status: "warning" } });
      assert.equal((await get("/v1/agent/health/service/id/code-1")).code, 429);
      await put("/v1/agent/check/pass/service:code-1");
      assert.equal((await get("/v1/agent/health/service/name/code")).code, 200);
      assert.equal((await get("/v1/agent/health/service/id/absent")).code, 404);
    });

    it("identifies itself", async () => {
      const self = (await get("/v1/agent/self")).json as { Config: { Datacenter: string; NodeName: string } };
      assert.equal(self.Config.Datacenter, "dc1");
      assert.equal(((await get("/v1/agent/members")).json as object[]).length, 1);
      assert.equal(((await get("/v1/status/peers")).json as object[]).length, 1);
      assert.match(String((await get("/v1/status/leader")).json), /^127\.0\.0\.1:\d+$/);
      assert.equal(
        ((await get(`/v1/health/node/${self.Config.NodeName}`)).json as Check[]).some(
          ({ CheckID }) => CheckID === "serfHealth",
        ),
        true,
      );
    });
  });
}
