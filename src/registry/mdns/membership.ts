import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv4 } from "node:net";
import { SingleFlight } from "../../core/async/single-flight.js";
import { ownInterfaces, watchInterfaces } from "../../core/net/interfaces.js";

/** Leaves the choice of the interface to the routing table. */
const byRoute = "0.0.0.0";

export interface MembershipOptions {
  /** The multicast group and its port. */
  readonly group: string;
  readonly port: number;
  /** IPv4 address of the one interface to use. Default: all. */
  readonly interface?: string;
  /** Called when an interface or address is new, or packets leave by another interface. */
  readonly changed: () => void;
}

/**
 * Keeps a socket joined to a multicast group on every interface, and the senders able to reach it, while interfaces
 * come and go.
 */
export class GroupMembership {
  readonly #receiver: Socket;
  readonly #senders: readonly Socket[];
  readonly #options: MembershipOptions;
  readonly #checks = new SingleFlight(() => this.#check());
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

  /** Joins on the interfaces that are there now, and checks again every second. */
  async open(): Promise<void> {
    await this.#update();
    if (this.#closed) return;
    // Not only when addresses change: routes change too, and an interface may be back under its old address.
    this.#stop = watchInterfaces(() => void this.#checks.run());
  }

  close(): void {
    this.#closed = true;
    this.#stop();
  }

  async #check(): Promise<void> {
    if ((await this.#update()) && !this.#closed) this.#options.changed();
  }

  /** Returns true if anything is new. */
  async #update(): Promise<boolean> {
    const addresses = this.#present();
    const outgoing = await this.#choose(addresses);
    if (this.#closed) return false;
    const before = this.#addresses;
    this.#addresses = addresses;
    // Leave first, then join: one of two addresses of an interface may be gone.
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

  /**
   * Returns the address of the interface to send on: by the routing table, else the first external one, else loopback.
   */
  async #choose(addresses: readonly string[]): Promise<string | undefined> {
    const { interface: only, group, port } = this.#options;
    if (only !== undefined) return addresses[0];
    const external = ipv4Addresses().find(({ internal }) => !internal)?.address;
    if (external === undefined) return addresses[0];
    return (await isRouted(group, port)) ? byRoute : external;
  }

  /** Tries each address every time: an interface that was removed and added again needs a new membership. */
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
      // The interface is gone, and the membership with it.
    }
  }

  /** Sends on the interface of `address` from now on. Returns true if that is a change. */
  #send(address: string | undefined): boolean {
    const before = this.#outgoing;
    this.#outgoing = undefined;
    try {
      if (address !== undefined) for (const socket of this.#senders) socket.setMulticastInterface(address);
      this.#outgoing = address;
    } catch {
      // The interface is gone again. The next check finds another one.
    }
    return this.#outgoing !== undefined && this.#outgoing !== before;
  }
}

/** True if the routing table has a route to the group. */
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
