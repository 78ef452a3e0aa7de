import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { proxyTarget, targetOf } from "../../src/api/routing/path-table.js";
import { RoutePattern } from "../../src/core/text/route-pattern.js";

const namespace = "go.micro.api";

describe("paths", () => {
  const table: readonly (readonly [string, string, string])[] = [
    ["/foo/bar", "foo", "Foo.Bar"],
    ["/foo/bar/", "foo", "Foo.Bar"],
    ["/foo/bar/baz", "foo", "Bar.Baz"],
    ["/foo/bar/baz/cat", "foo.bar", "Baz.Cat"],
    ["/v1/foo/bar", "v1.foo", "Foo.Bar"],
    ["/v1/foo/bar/baz", "v1.foo", "Bar.Baz"],
    ["/v1/foo/bar/baz/cat", "v1.foo.bar", "Baz.Cat"],
    ["/foo", "", "Foo"],
    ["/", "", ""],
    ["/greeter/say/say-hi", "greeter", "Say.Say-Hi"],
    ["/greeter/say/sayHi_you", "greeter", "Say.SayHi_you"],
    ["/Greeter/say/hello", "Greeter", "Say.Hello"],
    ["/vx/foo/bar", "vx", "Foo.Bar"],
  ];
  for (const [path, service, method] of table)
    it(`maps ${path} to ${method || "no method"} of ${service || "no service"}`, () => {
      assert.deepEqual(targetOf(path, namespace), { service: `${namespace}.${service}`, method });
    });

  it("answers 400 for an element that is not a valid name", () => {
    for (const path of [
      "/a b/c",
      "/%61/b",
      "/a/b;c",
      "/a/b%2fc",
      `/${"a".repeat(202)}/b`,
      "/.git/config",
      "/a/ü",
    ])
      assert.throws(() => targetOf(path, namespace), { code: 400 }, path);
  });

  it("sends a path to the proxied service of its first element", () => {
    assert.equal(proxyTarget("/shop/a/b", namespace), "go.micro.api.shop");
    assert.equal(proxyTarget("/shop", namespace), "go.micro.api.shop");
    for (const path of ["/", "/ht-app/x", "/a%62/x", "/a.b/x", "//x"])
      assert.equal(proxyTarget(path, namespace), undefined, path);
  });
});

describe("route patterns", () => {
  it("matches element by element, and decodes parameters", () => {
    const pattern = RoutePattern.parse("/users/{id}/posts/{post}");
    assert.deepEqual(
      [...(pattern?.match("/users/7/posts/a%20b") ?? [])],
      [
        ["id", "7"],
        ["post", "a b"],
      ],
    );
    for (const path of ["/users/7/posts", "/users//posts/1", "/users/7/posts/1/"])
      assert.equal(pattern?.match(path), undefined, path);
  });

  it("decodes each element once: a slash or a percent sign in a value is sent escaped, and splits nothing", () => {
    const pattern = RoutePattern.parse("/users/{id}/posts");
    for (const [sent, value] of [
      ["7%2F8", "7/8"],
      ["7%5c8", "7\\8"],
      ["7%252F8", "7%2F8"],
      ["%C3%BC", "ü"],
    ] as const)
      assert.deepEqual([...(pattern?.match(`/users/${sent}/posts`) ?? [])], [["id", value]], sent);
    assert.equal(pattern?.match("/users%2F7/posts"), undefined);
    assert.equal(pattern?.match("/users/7%2Fposts"), undefined);
  });

  it("compares decoded text, and treats a trailing slash as significant", () => {
    const matches = (text: string, path: string) => RoutePattern.parse(text)?.match(path) !== undefined;
    for (const path of ["/g/%C3%BC", "/g/%c3%bc", "/%67/%C3%BC"]) assert.ok(matches("/g/ü", path), path);
    for (const path of ["/g/%C3%BC%2F", "/g/u", "/g%2F%C3%BC"]) assert.ok(!matches("/g/ü", path), path);
    assert.deepEqual([matches("/g/trail/", "/g/trail/"), matches("/g/trail/", "/g/trail")], [true, false]);
    assert.ok(!matches("/g/trail", "/g/trail/"));
  });

  it("refuses expressions, dots and escapes from the registry", () => {
    for (const text of [
      "users",
      "/users/{id:.*}",
      "/users/{}",
      "/../x",
      "/a//b",
      "/%2e%2e/x",
      "/(a+)+$^",
      `/${"a/".repeat(40)}`,
      "/",
      "//",
      "/%C3%BC",
      "/a b",
      "/a\u202eb",
      "/{id}:cancel",
      "/{id}.json",
      "/{id}/{id}",
      "/{__proto__}",
      "/users/:id",
      "/users/*",
    ])
      assert.equal(RoutePattern.parse(text), undefined, text);
  });

  it("prefers the more literal one", () => {
    const patterns = ["/users/{id}", "/users/me", "/{any}/me"].map((text) => RoutePattern.parse(text));
    patterns.sort((a, b) => (a && b ? a.compare(b) : 0));
    assert.deepEqual(
      patterns.map((pattern) => pattern?.text),
      ["/users/me", "/users/{id}", "/{any}/me"],
    );
  });
});
