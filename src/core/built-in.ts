import { badRequest } from "./errors.js";
import type { settings } from "./settings/settings.js";
import { suggest } from "./text/suggest.js";

/** The built-in names of a part in the table of settings. A missing or extra opener does not compile. */
export type BuiltIn<Part extends "registry" | "broker" | "transport" | "selector"> =
  (typeof settings)[Part]["names"][number];

/** Returns the opener called `name`. @throws {MicroError} 400 with reason `BAD_FLAG_VALUE` when there is none. */
export function openerNamed<Opener>(
  openers: Readonly<Record<string, Opener>>,
  name: string,
  { kind, id }: { readonly kind: string; readonly id: string },
): Opener {
  if (Object.hasOwn(openers, name)) return openers[name] as Opener;
  const names = Object.keys(openers).sort();
  const [meant] = suggest(name, names, 1);
  const hint = meant ? `: did you mean "${meant}"?` : "";
  throw badRequest(id, `${kind} "${name}": not one of ${names.join(", ")}${hint}`, {
    reason: "BAD_FLAG_VALUE",
  });
}
