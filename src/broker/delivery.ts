import { addressError, readServerAddress } from "../core/net/server-address.js";
import { parseTruth } from "../core/text/truth.js";

const name = "at_least_once";

/** How the addresses of a broker ask for delivery, and the addresses without that. @throws {MicroError} 400 BAD_CONFIG */
export function readDelivery(
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
  const read = parseTruth(value);
  if (read === undefined)
    throw addressError("go.micro.broker", address, `${name} is "${value}", not true or false`);
  return read;
}
