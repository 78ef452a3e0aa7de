// A web app behind `micro web`, at /greeter: asks for a name and greets.
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { formatAddress, loopbackAddress, service } from "micro-toolkit";

const app = createServer(async (request, response) => {
  try {
    const name = new URL(request.url ?? "/", "http://localhost").searchParams.get("name") ?? "";
    const greeting = name === "" ? "" : await greet(name);
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
    response.end(page(baseOf(request), greeting));
  } catch (error) {
    response.writeHead(502, { "Content-Type": "text/plain; charset=utf-8" });
    response.end(`${(error as Error).message}\n`);
  }
});
app.listen(0, loopbackAddress());
await once(app, "listening");

const { address: host, port } = app.address() as AddressInfo;
const web = service({
  name: "go.micro.web.greeter",
  version: "1.0.0",
  advertise: formatAddress({ host, port }),
});

async function greet(name: string): Promise<string> {
  const { msg } = await web.client.call<{ msg: string }>("go.micro.srv.greeter", "Say.Hello", { name });
  return msg;
}

/** The path under which the dashboard serves this app. */
function baseOf({ headers }: IncomingMessage): string {
  const given = String(headers["x-micro-web-base-path"] ?? "");
  return /^\/[a-zA-Z0-9]+$/.test(given) ? given : "";
}

function page(base: string, greeting: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Greeter</title>
<h1>${escaped(greeting) || "What is your name?"}</h1>
<form action="${base}/"><input name="name" aria-label="Name" autofocus> <button>Greet</button></form>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

await web.run();
app.closeAllConnections();
app.close();
