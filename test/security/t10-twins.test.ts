import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PassedOn } from "../support/passed-on.js";

/** A program behind CGI or WSGI reads `_` as `-`. */
const twins = [
  "X_Forwarded_For",
  "X_Forwarded_Prefix",
  "x_forwarded-host",
  "X-Forwarded_Proto",
  "X_Real_Ip",
  "Cf_Connecting_Ip",
  "X_Micro_From_Service",
  "X_Micro_Web_Base_Path",
  "Micro_From_Service",
  "X_Request_Id",
  "Proxy_Authorization",
];

describe("T10: headers that are read as those that only we may say", () => {
  it("reach no service, whichever way a client's headers take; other names may have an underscore", async () => {
    await using passed = await PassedOn.open();
    const forged = twins.map((name) => [name, "forged"] as const);
    for (const [way, given] of await passed.ask([...forged, ["X_Mine", "kept"]])) {
      assert.match(given, /x_mine\W+kept/i, way);
      assert.doesNotMatch(given, /forged/, way);
    }
  });
});
