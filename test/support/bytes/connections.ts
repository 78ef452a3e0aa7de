import { existsSync, readFileSync } from "node:fs";
import { needsThat } from "../needs.js";

const tables = ["/proc/net/tcp", "/proc/net/tcp6"];

/** Options for a test that counts connections: only Linux tells of them in files. */
export const countable = needsThat(() => existsSync(tables[0] ?? ""), "no /proc/net/tcp");

/** Connections from this machine to `address` (`host:port` of it) that are open now. */
export function connectionsTo(address: string): number {
  const port = Number(address.split(":").at(-1)).toString(16).toUpperCase().padStart(4, "0");
  // The columns: number, own address, other address, state; 01 is an established connection.
  const row = new RegExp(`:${port} 01 `, "g");
  const rows = tables.filter(existsSync).flatMap((table) => readFileSync(table, "latin1").match(row) ?? []);
  return rows.length;
}

/** Counts connections to `address` every 25 ms until stopped or disposed. */
export class ConnectionCount implements Disposable {
  readonly #timer: NodeJS.Timeout;
  readonly #address: string;
  /** The most at one time so far. */
  most = 0;

  constructor(address: string) {
    this.#address = address;
    this.#timer = setInterval(() => this.#look(), 25).unref();
  }

  stop(): void {
    this.#look();
    clearInterval(this.#timer);
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #look(): void {
    this.most = Math.max(this.most, connectionsTo(this.#address));
  }
}
