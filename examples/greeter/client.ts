import { service } from "micro-toolkit";

const [name = "John"] = process.argv.slice(2);
const caller = service({ name: "go.micro.client.greeter" });

const { msg } = await caller.client.call<{ msg: string }>("go.micro.srv.greeter", "Say.Hello", { name });
console.log(msg);

await caller.close();
