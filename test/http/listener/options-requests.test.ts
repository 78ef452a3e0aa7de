import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HttpOptions } from "../../../src/http/options.js";
import { Backend } from "../../support/backend.js";
import { askRaw } from "../../support/bytes/raw-answer.js";
import { Dashboards } from "../../support/dashboard.js";
import { Gateways } from "../../support/gateway.js";

type Options = Pick<HttpOptions, "cors" | "token" | "fastFront">;

const programs = {
  async api(options: Options) {
    const owner = new Gateways();
    const http = await owner.open({ handler: "proxy", ...options });
    return { owner, http, service: "go.micro.api.app" };
  },
  async web(options: Options) {
    const owner = new Dashboards();
    const http = await owner.open(options);
    return { owner, http, service: "go.micro.web.app" };
  },
};

const listed = "https://listed.test";
const token = "a-token-of-more-than-128-bits";

/** The head of an answer to OPTIONS, and what the app behind heard. */
async function ask(program: keyof typeof programs, options: Options, path: string, ...headers: string[]) {
  const { owner, http, service } = await programs[program](options);
  await using _ = owner;
  const heard: string[] = [];
  await using __ = await Backend.http(owner.registry, service, (request, response) => {
    heard.push(`${request.method} ${request.headers["access-control-request-method"] ?? ""}`);
    response.writeHead(204, { Allow: "GET, PROPFIND" }).end();
  });
  const lines = [`OPTIONS ${path} HTTP/1.1`, `Host: ${http.address}`, ...headers];
  const { status, headers: all } = await askRaw(http.address, `${lines.join("\r\n")}\r\n\r\n`);
  return { status, headers: new Map(all), heard };
}

describe("OPTIONS", () => {
  for (const program of ["api", "web"] as const) {
    it(`reaches the app, which answers it: ${program}`, async () => {
      const { status, headers, heard } = await ask(program, {}, "/app/dav");
      assert.deepEqual([status, headers.get("allow"), heard], [204, "GET, PROPFIND", ["OPTIONS "]]);
    });

    it(`is answered here where it is the preflight of a listed origin, and refused for another: ${program}`, async () => {
      const options = { cors: [listed] };
      const preflight = (origin: string) =>
        ask(program, options, "/app/x", `Origin: ${origin}`, "Access-Control-Request-Method: PUT");
      const answered = await preflight(listed);
      assert.deepEqual(
        [answered.status, answered.headers.get("access-control-allow-origin"), answered.heard],
        [200, listed, []],
      );
      const refused = await preflight("https://other.test");
      assert.deepEqual([refused.status, refused.heard], [403, []]);
    });

    it(`carries the token like any other request, preflights that the app would answer too: ${program}`, async () => {
      const options = { token: { value: token }, cors: [listed] };
      for (const headers of [[], ["Access-Control-Request-Method: PUT"]]) {
        const { status, heard } = await ask(program, options, "/app/x", ...headers);
        assert.deepEqual([status, heard], [401, []]);
      }
      const shown = await ask(program, options, "/app/x", `Authorization: Bearer ${token}`);
      assert.deepEqual([shown.status, shown.heard], [204, ["OPTIONS "]]);
    });

    it(`is answered here where it is for the program itself: ${program}`, async () => {
      for (const path of ["/rpc", "/", "*", "/health/live"]) {
        const { status, heard } = await ask(program, {}, path);
        assert.deepEqual([status, heard], [200, []], path);
      }
    });
  }
});

describe("a wrong Authorization at the dashboard", () => {
  it("is 401 whatever is accepted; a browser without a token gets the page", async () => {
    await using owner = new Dashboards();
    const http = await owner.open({ token: { value: token } });
    const get = async (...headers: string[]) => {
      const lines = ["GET /registry HTTP/1.1", `Host: ${http.address}`, ...headers];
      return (await askRaw(http.address, `${lines.join("\r\n")}\r\n\r\n`)).status;
    };
    for (const accept of ["*/*", "text/html", "application/json"])
      assert.equal(await get("Authorization: Bearer wrongwrong", `Accept: ${accept}`), 401, accept);
    assert.equal(await get("Authorization: Basic dTpw", "Accept: */*"), 401);
    assert.equal(await get("Authorization: Basic dTpw", "Accept: text/html"), 200);
    assert.equal(await get("Accept: text/html"), 200);
    assert.equal(await get(`Authorization: Bearer ${token}`, "Accept: text/html"), 200);
  });
});
