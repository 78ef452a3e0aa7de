import type { AddressInfo } from "node:net";
import { type FastifyInstance, fastify } from "fastify";
import { formatAddress, parseAddress } from "../core/address.js";
import type { Closeable } from "../core/closeable.js";

/** A listening server. */
export interface HttpServer extends Closeable {
  readonly address: string;
  readonly url: string;
  readonly app: FastifyInstance;
}

/** Listens at `address` with the routes that `add` puts on. */
export async function serve(
  address: string,
  add: (app: FastifyInstance) => Promise<void>,
): Promise<HttpServer> {
  const app = fastify({ requestTimeout: 30_000, keepAliveTimeout: 65_000, bodyLimit: 4 * 1024 * 1024 });
  app.server.headersTimeout = 10_000;
  await add(app);
  await app.listen(parseAddress(address));
  const { address: host, port } = app.server.address() as AddressInfo;
  const bound = formatAddress({ host, port });
  const close = async () => void (await app.close());
  return { address: bound, url: `http://${bound}`, app, close, [Symbol.asyncDispose]: close };
}
