import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv4 } from "node:net";
import { SingleFlight } from "../../core/async/single-flight.js";
import { ownInterfaces, watchInterfaces } from "../../core/net/interfaces.js";

/** Lets the routes of the machine choose the interface. */
const byRoute = "0.0.0.0";

export interface MembershipOptions {
  /** The multicast group, and a port of it. */
  readonly group: string;
  readonly port: number;
  /** IPv4 address of the one interface to use; without it, all. */
  readonly interface?: string;
  /** Called when an interface or an address is new, or packets leave by another interface. */
  readonly changed: () => void;
}

/** Keeps a socket in a multicast group on every interface, and others sending to it, while interfaces come and go. */
export class GroupMembership {
  readonly #receiver: Socket;
  readonly #senders: readonly Socket[];
  readonly #options: MembershipOptions;
  readonly #looks = new SingleFlight(() => this.#look());
  #stop = () => {};
  #addresses: readonly string[] = [];
  #outgoing: string | undefined;
  #closed = false;

  constructor(receiver: Socket, senders: readonly Socket[], options: MembershipOptions) {
    this.#receiver = receiver;
    this.#senders = senders;
    this.#options = options;
  }

  /** True while there is an interface to send on. */
  get canSend(): boolean {
    return this.#outgoing !== undefined;
  }

  /** Joins what is there now, and looks again from time to time. */
  async open(): Promise<void> {
    await this.#update();
    if (this.#closed) return;
    // Each time: routes change too, and an interface may be back under its old address.
    this.#stop = watchInterfaces(() => void this.#looks.run());
  }

  close(): void {
    this.#closed = true;
    this.#stop();
  }

  async #look(): Promise<void> {
    if ((await this.#update()) && !this.#closed) this.#options.changed();
  }

  /** Returns true when something is new. */
  async #update(): Promise<boolean> {
    const addresses = this.#present();
    const outgoing = await this.#choose(addresses);
    if (this.#closed) return false;
    const before = this.#addresses;
    this.#addresses = addresses;
    // First out, then in: of two addresses of one interface the first may be gone.
    for (const address of before) if (!addresses.includes(address)) this.#leave(address);
    const joined = addresses.filter((address) => this.#join(address));
    const added = addresses.some((address) => !before.includes(address));
    const moved = this.#send(outgoing);
    return joined.length > 0 || added || moved;
  }

  #present(): string[] {
    const { interface: only } = this.#options;
    const all = ipv4Addresses().map(({ address }) => address);
    return only === undefined ? all : all.filter((address) => address === only);
  }

  /** The address of the interface to send on: the one of the route, else the first that reaches others, else loopback. */
  async #choose(addresses: readonly string[]): Promise<string | undefined> {
    const { interface: only, group, port } = this.#options;
    if (only !== undefined) return addresses[0];
    const external = ipv4Addresses().find(({ internal }) => !internal)?.address;
    if (external === undefined) return addresses[0];
    return (await isRouted(group, port)) ? byRoute : external;
  }

  /** Tried for each address each time: an interface that was removed and added again is another one. */
  #join(address: string): boolean {
    try {
      this.#receiver.addMembership(this.#options.group, address);
      return true;
    } catch {
      return false;
    }
  }

  #leave(address: string): void {
    try {
      this.#receiver.dropMembership(this.#options.group, address);
    } catch {
      // It left with its interface.
    }
  }

  /** Sends on the interface of `address` from now on. Returns true when that is another one than before. */
  #send(address: string | undefined): boolean {
    const before = this.#outgoing;
    this.#outgoing = undefined;
    try {
      if (address !== undefined) for (const socket of this.#senders) socket.setMulticastInterface(address);
      this.#outgoing = address;
    } catch {
      // The interface is gone again: the next look finds another one.
    }
    return this.#outgoing !== undefined && this.#outgoing !== before;
  }
}

/** True when the routes of this machine lead to the group. */
async function isRouted(group: string, port: number): Promise<boolean> {
  const probe = createSocket("udp4");
  probe.connect(port, group);
  const routed = await once(probe, "connect").then(
    () => true,
    () => false,
  );
  probe.close();
  return routed;
}

function ipv4Addresses() {
  return (ownInterfaces() ?? []).filter(({ address }) => isIPv4(address));
}
