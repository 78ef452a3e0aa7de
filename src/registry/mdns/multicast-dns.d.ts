// The package has no types. These are the ones used here.
declare module "multicast-dns" {
  import type { Socket } from "node:dgram";
  import type { EventEmitter } from "node:events";

  namespace multicastdns {
    interface Question {
      name: string;
      type: string;
    }
    interface SrvData {
      port: number;
      target: string;
      priority?: number;
      weight?: number;
    }
    interface Resource {
      name: string;
      type: string;
      ttl?: number;
      data: unknown;
    }
    interface Packet {
      id?: number;
      type: "query" | "response";
      flags?: number;
      opcode?: string;
      rcode?: string;
      flag_tc?: boolean;
      questions?: Question[];
      answers?: Resource[];
      additionals?: Resource[];
    }
    interface Place {
      address: string;
      port: number;
    }
    interface Options {
      port?: number;
      bind?: string | false;
      interface?: string;
      multicast?: boolean;
      socket?: Socket;
      ttl?: number;
    }
    interface MulticastDns extends EventEmitter {
      send(packet: Packet, to: Place | null, done: (error?: Error | null) => void): void;
      destroy(done?: () => void): void;
    }
  }
  function multicastdns(options?: multicastdns.Options): multicastdns.MulticastDns;
  export = multicastdns;
}
