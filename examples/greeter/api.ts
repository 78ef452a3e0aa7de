import { badRequest, service } from "micro-toolkit";
import { RequestSchema, ResponseSchema } from "./gen/api_pb.js";

const name = "go.micro.api.greeter";
const api = service({ name, version: "1.0.0" });

api.handle("Say.Hello", { request: RequestSchema, response: ResponseSchema }, async ({ get }) => {
  const [caller] = get.name?.values ?? [];
  if (!caller) throw badRequest(name, "Name cannot be blank");
  const { msg } = await api.client.call<{ msg: string }>("go.micro.srv.greeter", "Say.Hello", {
    name: caller,
  });
  return { statusCode: 200, body: JSON.stringify({ message: msg }) };
});

await api.run();
