const json = /^(?:(?:application|text)\/json|[\w.+-]+\/[\w.+-]+\+json)$/;

/** True for any JSON media type, with or without parameters. Source: the WHATWG MIME Sniffing standard. */
export function isJsonType(type: string | undefined): boolean {
  if (type === undefined) return false;
  return type === "application/json" || json.test(type.split(";", 1)[0]?.trim().toLowerCase() ?? "");
}

/** True for the media type of HTML forms, which is also curl's default for any data. */
export function isFormType(type: string): boolean {
  return type.split(";", 1)[0]?.trim().toLowerCase() === "application/x-www-form-urlencoded";
}
