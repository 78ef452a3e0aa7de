import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cookieOf, LoginSessions, withoutSession } from "../../src/web/apps/sessions.js";

function cookie(session: string): { cookie: string } {
  return { cookie: `other=1; ${cookieOf(session, false).split(";")[0]}` };
}

describe("sessions of the dashboard", () => {
  it("open once for each invitation", () => {
    const sessions = new LoginSessions();
    const token = sessions.invite();
    const session = sessions.open(token) ?? "";
    assert.ok(sessions.has(cookie(session)));
    assert.equal(sessions.open(token), undefined);
    assert.equal(sessions.open("guess"), undefined);
  });

  it("need their own cookie, and end", () => {
    const sessions = new LoginSessions();
    const session = sessions.open(sessions.invite()) ?? "";
    for (const headers of [
      {},
      { cookie: "" },
      { cookie: "micro_session" },
      cookie("guess"),
      cookie(`${session}x`),
    ])
      assert.equal(sessions.has(headers), false);
    sessions.end(cookie(session));
    assert.equal(sessions.has(cookie(session)), false);
  });

  it("send a cookie that scripts and other sites cannot use", () => {
    assert.match(cookieOf("id", true), /; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
  });

  it("are removed from requests to an app", () => {
    assert.equal(withoutSession("a=1; micro_session=secret; b=2=3;c"), "a=1; b=2=3;c");
    assert.equal(withoutSession("micro_session=secret"), "");
  });
});
