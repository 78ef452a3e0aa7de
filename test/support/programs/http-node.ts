import { createServer } from "node:http";

/** A plain HTTP program: `GET /?wait=MS` answers after so long, `/posts` says how many POSTs came. Tells its port. */
let posts = 0;
const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://node");
  if (request.method === "POST") posts++;
  response.setHeader("X-Node", String(process.pid));
  const body = pathname.endsWith("/posts") ? String(posts) : "ok";
  setTimeout(() => response.end(body), Number(searchParams.get("wait") ?? 0));
});
server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`port ${typeof address === "object" ? address?.port : ""}\n`);
});
