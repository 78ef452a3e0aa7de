import { MicroError } from "../../src/core/errors.js";
import type { Handlers } from "../../src/server/server.js";
import { CountSchema, EverySchema, RequestSchema, ResponseSchema } from "./gen/wire_pb.js";

const types = { request: RequestSchema, response: ResponseSchema };
const counts = { request: CountSchema, response: CountSchema };

/** Registers what the recorded Go services had: the same methods, types, answers and errors. */
export function registerWireHandlers(server: Handlers): void {
  server.handle("Say.Hello", types, async ({ name }) => ({ msg: `Hello ${name}` }));
  server.handle("Say.Empty", types, async () => ({}));
  server.handle("Say.BadRequest", types, async () => {
    throw new MicroError("go.micro.srv.wire.Say.BadRequest", 400, "name is required");
  });
  server.handle("Say.Plain", types, async () => {
    throw new MicroError("", 0, "plain failure");
  });
  server.handle("Say.Custom", types, async () => {
    throw new MicroError("go.micro.srv.wire", 418, "short & stout <teapot>");
  });
  server.handle("Say.Panic", types, async () => {
    throw new TypeError("a programming error");
  });
  server.handle("Say.Meta", types, async (_, { metadata }) => ({ msg: JSON.stringify(metadata) }));
  server.handle("Say.Sleep", types, async (_, { signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return { msg: "slept" };
  });
  server.handle("Nested.Call", { request: EverySchema, response: EverySchema }, async (request) => request);
  registerStreams(server);
}

function registerStreams(server: Handlers): void {
  server.stream("Streamer.Count", counts, async function* (requests) {
    for await (const { count } of requests) {
      for (let i = 0n; i < count; i++) yield { count: i };
      return;
    }
  });
  server.stream("Streamer.PingPong", counts, async function* (requests) {
    for await (const { count } of requests) yield { count };
  });
  server.stream("Streamer.Fail", counts, async function* (requests) {
    for await (const _ of requests) {
      yield { count: 7n };
      throw new MicroError("go.micro.srv.wire.Streamer.Fail", 400, "stream failed");
    }
  });
}
