import { MicroError } from "../../../src/core/errors.js";
import type { MicroService } from "../../../src/service/index.js";

/** What the echo service of the recordings answers, method by method. */
export function addEcho(echo: MicroService, handler: string): void {
  const json = (value: unknown) => ({ statusCode: 200, body: JSON.stringify(value) });
  echo.handle(`${handler}.Call`, {}, async (request, { metadata }) => json({ metadata, request }));
  echo.handle(`${handler}.Bad`, {}, async () => {
    throw new MicroError("go.micro.api.echo", 400, "bad thing");
  });
  echo.handle(`${handler}.Code600`, {}, async () => {
    throw new MicroError("go.micro.api.echo", 299, "strange code");
  });
  echo.handle(`${handler}.Plain`, {}, async () => {
    throw new MicroError("", 0, "plain failure");
  });
  echo.handle(`${handler}.Headers`, {}, async () => ({
    statusCode: 201,
    header: {
      "Content-Type": { key: "Content-Type", values: ["text/html"] },
      set: { key: "Set-Cookie", values: ["a=1", "b=2"] },
      "X-Low": { key: "x-low", values: ["v"] },
    },
    body: "<b>hi</b>",
  }));
  echo.handle(`${handler}.NoStatus`, {}, async () => ({ body: "no status" }));
  echo.handle(`${handler}.Redirect`, {}, async () => ({
    statusCode: 302,
    header: { Location: { key: "Location", values: ["/elsewhere"] } },
  }));
}

/** The greeter's api service of the recordings. */
export function addGreeter(greeter: MicroService): void {
  greeter.handle("Say.Hello", {}, async (request) => {
    const { get } = request as { get?: Record<string, { values: string[] }> };
    const name = get?.name?.values[0];
    if (!name) throw new MicroError("go.micro.api.greeter", 400, "Name cannot be blank");
    return { statusCode: 200, body: JSON.stringify({ message: `Hello ${name}` }) };
  });
}
