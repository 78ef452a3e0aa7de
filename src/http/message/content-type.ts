const json = /^(?:(?:application|text)\/json|[\w.+-]+\/[\w.+-]+\+json)$/;

/** True for JSON by any of its names, with or without parameters. Source: the WHATWG MIME Sniffing standard. */
export function isJsonType(type: string | undefined): boolean {
  if (type === undefined) return false;
  return type === "application/json" || json.test(type.split(";", 1)[0]?.trim().toLowerCase() ?? "");
}

/** True for the type that HTML forms have, and curl for any data that it is given. */
export function isFormType(type: string): boolean {
  return type.split(";", 1)[0]?.trim().toLowerCase() === "application/x-www-form-urlencoded";
}
