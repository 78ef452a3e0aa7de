import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rewriteLocations } from "../../../src/http/proxy/rewrite-location.js";

const mount = { proto: "https", host: "shop.test", prefix: "/app" };
const node = "10.0.0.7:5000";

/** What an application says, and what its clients are told. */
const cases: readonly (readonly [name: string, said: string, told: string])[] = [
  ["Location", "/login", "/app/login"],
  ["location", "/", "/app/"],
  ["Location", "/app/login", "/app/login"],
  ["Location", "/app", "/app"],
  ["Location", "/app?x=1", "/app?x=1"],
  ["Location", "/apple", "/app/apple"],
  ["Location", "login", "login"],
  ["Location", "?x=/a", "?x=/a"],
  ["Location", "", ""],
  ["Location", "http://10.0.0.7:5000/login?to=/x", "https://shop.test/app/login?to=/x"],
  ["Location", "http://10.0.0.7:5000", "https://shop.test/app/"],
  ["Location", "http://10.0.0.7:5000?x", "https://shop.test/app/?x"],
  ["Location", "//10.0.0.7:5000/x", "https://shop.test/app/x"],
  ["Location", "http://10.0.0.7:5001/x", "http://10.0.0.7:5001/x"],
  ["Location", "http://10.0.0.7:5000.evil.test/x", "http://10.0.0.7:5000.evil.test/x"],
  ["Location", "https://shop.test/login", "https://shop.test/app/login"],
  ["Location", "https://SHOP.test/app/login", "https://SHOP.test/app/login"],
  ["Location", "//shop.test/login", "//shop.test/app/login"],
  ["Location", "https://elsewhere.test/login", "https://elsewhere.test/login"],
  ["Location", "/caf\xe9", "/app/caf\xe9"],
  ["Content-Location", "/a.json", "/app/a.json"],
  ["Refresh", "5; url=/later", "5; url=/app/later"],
  ["Refresh", "5", "5"],
  ["Set-Cookie", "a=1; Path=/; HttpOnly", "a=1; Path=/app; HttpOnly"],
  ["Set-Cookie", "a=1;path=/admin", "a=1; Path=/app/admin"],
  ["Set-Cookie", "a=1; Path=/app/admin", "a=1; Path=/app/admin"],
  ["Set-Cookie", "a=Path=/; Secure", "a=Path=/; Secure"],
  ["Set-Cookie", "Path=/", "Path=/"],
  ["Set-Cookie", "a=1", "a=1"],
  ["Set-Cookie", "a=1; Domain=10.0.0.7; Path=/", "a=1; Path=/app"],
  ["Set-Cookie", "a=1; Domain=shop.test", "a=1; Domain=shop.test"],
  ["Set-Cookie", "__Host-a=1; Secure; Path=/", "__Host-a=1; Secure; Path=/"],
  ["X-Other", "/login", "/login"],
];

describe("response headers of an application behind a prefix", () => {
  for (const [name, said, told] of cases)
    it(`${name}: ${said} is ${told === said ? "left as it is" : told}`, () => {
      assert.deepEqual(rewriteLocations(["X-A", "/", name, said], mount, node), ["X-A", "/", name, told]);
    });

  it("is told as it is where nothing is before its path", () => {
    const bare = { ...mount, prefix: "" };
    const headers = ["Location", "/login", "Set-Cookie", "a=1; Path=/"];
    assert.deepEqual(rewriteLocations(headers, bare, node), headers);
    assert.deepEqual(rewriteLocations(["Location", "http://10.0.0.7:5000/x"], bare, node), [
      "Location",
      "https://shop.test/x",
    ]);
  });
});
