import { encodeTags } from "../../../src/registry/consul/entries/tags.js";

/** An entry as an agent on another machine would bring it into the catalog. */
export interface ForeignEntry {
  readonly name: string;
  readonly version?: string;
  readonly address: string;
  readonly port: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Registers an entry in the catalog of the Consul at `consul`, as that of the node `elsewhere`. */
export async function registerElsewhere(consul: string, entry: ForeignEntry): Promise<void> {
  const { name, version = "1.0.0", address, port, metadata = {} } = entry;
  const tags = encodeTags({ version, metadata, endpoints: [] });
  const body = {
    Node: "elsewhere",
    Address: "10.9.9.9",
    SkipNodeUpdate: false,
    Service: { ID: `${name}-elsewhere`, Service: name, Address: address, Port: port, Tags: tags },
  };
  const response = await fetch(`http://${consul}/v1/catalog/register`, {
    method: "PUT",
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`catalog/register: ${response.status} ${await response.text()}`);
}
