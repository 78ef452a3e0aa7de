// @grpc/grpc-js with its usual loader.
import grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { check, name, peer } from "./peer.js";

const { bench } = grpc.loadPackageDefinition(loadSync(new URL("grpc.proto", import.meta.url).pathname));
const messages = 1000;

async function sendMany(call) {
  for (let i = 0; i < call.request.count; i++) {
    if (!call.write({ msg: `Hello ${call.request.name}` }))
      await new Promise((resolve) => call.once("drain", resolve));
  }
  call.end();
}

await peer({
  serve: () =>
    new Promise((resolve, reject) => {
      const server = new grpc.Server();
      server.addService(bench.Say.service, {
        Hello: (call, answer) => answer(null, { msg: `Hello ${call.request.name}` }),
        Many: sendMany,
        Echo: (call) => {
          call.on("data", (request) => call.write({ msg: `Hello ${request.name}` }));
          call.on("end", () => call.end());
        },
      });
      server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(`127.0.0.1:${bound}`),
      );
    }),
  connect: async (address) => {
    const client = new bench.Say(address, grpc.credentials.createInsecure());
    const call = (metadata) =>
      new Promise((resolve, reject) => {
        client.Hello({ name }, metadata, (error, reply) => (error ? reject(error) : resolve(reply)));
      });
    const waiting = [];
    let echo;
    return {
      rpc: async () => check(await call(new grpc.Metadata())),
      metadata: async (n) => {
        const metadata = new grpc.Metadata();
        metadata.set("x-request-id", `request-${n}`);
        metadata.set("x-user", `user-${n % 1000}`);
        check(await call(metadata));
      },
      server: () =>
        new Promise((resolve, reject) => {
          let got = 0;
          const stream = client.Many({ name, count: messages });
          stream.on("data", () => got++);
          stream.on("error", reject);
          stream.on("end", () => resolve(got));
        }),
      both: async () => {
        if (!echo) {
          echo = client.Echo();
          echo.on("data", (reply) => waiting.shift()(reply));
          echo.on("error", () => {});
        }
        check(
          await new Promise((resolve) => {
            waiting.push(resolve);
            echo.write({ name });
          }),
        );
      },
    };
  },
});
