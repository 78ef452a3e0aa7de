import fc from "fast-check";
import type { Asking } from "../ways.js";

/** The service that they call; its handlers answer what they were asked. */
export const echo = "go.micro.api.echo";

const latin1 = (text: string) => Buffer.from(text).toString("latin1");
const word = fc.string({ unit: "grapheme", maxLength: 12 });
const visible = fc.integer({ min: 0x21, max: 0xff }).filter((code) => code !== 0x7f);
const value = fc.oneof(
  fc.array(visible, { minLength: 1, maxLength: 30 }).map((codes) => String.fromCharCode(...codes)),
  word.map((text) => latin1(`x${text.replace(/[^!-~\u0080-\u{10ffff}]/gu, "")}x`)),
  fc.constantFrom("", "a, b", "a\tb", "\xe9", "60000000000"),
);
const name = fc.constantFrom(
  "X-A",
  "x-b",
  "X_C",
  "X-Micro-D",
  "Accept",
  "Authorization",
  "Cookie",
  "Timeout",
);
const headers = fc.uniqueArray(fc.tuple(name, value), { maxLength: 4, selector: ([key]) => key });

const request = fc.oneof(
  fc.record({ name: word, n: fc.integer() }),
  fc.jsonValue(),
  fc.constantFrom({ __proto__x: 1 }, { userId: 1, user_id: 2 }, "text", null),
);
const method = fc.constantFrom("Echo.Call", "Echo.Bad", "Echo.None", "Echo", "", "Echo.Call\u0000", "é.è");
const service = fc.constantFrom(echo, echo, echo, echo, "go.micro.api.absent", "", "../x");
const call = fc
  .record({ service, method, request }, { requiredKeys: ["request"] })
  .map((made) => latin1(JSON.stringify(made)));
const form = fc
  .tuple(service, method, request)
  .map(([to, of, made]) =>
    new URLSearchParams({ service: to, method: of, request: JSON.stringify(made) }).toString(),
  );
const body = fc.oneof(
  call,
  call,
  form,
  call.map((text) => text.slice(0, -1)),
  call.map((text) => latin1(`\ufeff${text}`)),
  fc.constantFrom("", "[]", "null", "{}", "\xff\xfe", "{".repeat(200), `"${"z".repeat(70_000)}"`),
);
const type = fc.constantFrom(
  ...["application/json", "Application/JSON; charset=utf-8", "application/x-www-form-urlencoded"],
  ...["text/plain", "application/octet-stream", "application/vnd.api+json", "garbage", ""],
);
const query = fc
  .array(
    fc.oneof(word.map(encodeURIComponent), fc.constantFrom("a=1", "&", "=", "%", "%zz", "+", "a=b=c", "%00")),
  )
  .map((parts) => parts.join(""));
const path = fc
  .tuple(
    fc.constantFrom(
      "/rpc",
      "/rpc",
      "/rpc/",
      "/echo/call",
      "/echo/bad",
      "/echo",
      "/echo/Echo/Call",
      "/%65cho/call",
    ),
    fc.option(query, { nil: undefined }),
  )
  .map(([route, asked]) => (asked === undefined ? route : `${route}?${asked}`));

/** Requests for `/rpc` and for a service by its path: most of them right, some nearly. */
export const rpcCase: fc.Arbitrary<Asking> = fc
  .record({
    method: fc.constantFrom("POST", "POST", "POST", "GET", "PUT", "DELETE"),
    path,
    headers,
    type,
    body,
  })
  .map((made) => ({
    method: made.method,
    path: made.path,
    headers: made.type === "" ? made.headers : [...made.headers, ["Content-Type", made.type] as const],
    body: made.method === "GET" ? "" : made.body,
  }));

/** Heads with one thing wrong, or odd; `HOST` stands for the address, `LENGTH` for a right length. */
export const oddHead: fc.Arbitrary<readonly string[]> = fc
  .uniqueArray(
    fc.constantFrom(
      ...["Host: HOST", "host:HOST", "Host: ", "Host: a b", "Host: HOST, HOST", "Host:\tHOST\t"],
      ...[
        "Content-Length: LENGTH",
        "content-length:LENGTH",
        "Content-Length: +LENGTH",
        "Content-Length: 0x1",
      ],
      ...["Content-Length: LENGTH, LENGTH", "Content-Length: 999999999999999999999", "Content-Length: -1"],
      ...["Transfer-Encoding: chunked", "Transfer-Encoding: xchunked", "Transfer-Encoding : chunked"],
      ...["Content-Type: application/json", "Content-Type : application/json", " folded: x", ": no name"],
      ...["no colon", "X-A: a\x01b", "X-A: a\0b", "X-A: a\rb", "X A: b", "X-\xe9: b", "Expect: 100-continue"],
      ...[
        "Expect: nothing",
        "Connection: close",
        "Connection: keep-alive",
        "Connection: upgrade",
        "Upgrade: h2c",
      ],
      ...["Timeout: 1s", "Content-Encoding: gzip", `X-Long: ${"x".repeat(20_000)}`],
    ),
    { maxLength: 6 },
  )
  .map((lines) => lines);
