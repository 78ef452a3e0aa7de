import { addressError, readServerAddress } from "../../core/net/server-address.js";
import { parseBoolean } from "../../core/text/boolean.js";

const name = "at_least_once";

/** Reads `?at_least_once=` of the addresses, and takes it off them. @throws {MicroError} 400 BAD_CONFIG for a wrong value. */
export function readAtLeastOnce(
  given: readonly string[] | undefined,
  schemes: readonly string[],
): { readonly addresses: readonly string[] | undefined; readonly atLeastOnce: boolean } {
  const asked = given?.map((address) => {
    const form = { id: "go.micro.broker", schemes, port: 1, path: true, login: true, parameters: [name] };
    return readServerAddress(address, form)
      .parameters.getAll(name)
      .map((value) => isTrue(value, address))
      .includes(true);
  });
  const addresses = given?.map((address) => address.replace(/\?.*$/s, ""));
  return { addresses, atLeastOnce: asked?.includes(true) ?? false };
}

function isTrue(value: string, address: string): boolean {
  const read = parseBoolean(value);
  if (read === undefined)
    throw addressError("go.micro.broker", address, `${name} is "${value}", not true or false`);
  return read;
}
