import { isLoopback } from "../../core/net/address.js";
import type { Service } from "../../core/service.js";
import { CliError, usage } from "../errors.js";
import { badValue } from "../flags/flag-kinds.js";
import type { Terminal } from "../output/terminal.js";
import { confirm } from "../request/prompt.js";

/** Reads the share of errors to tolerate, from a text such as `0.5%`. @throws {CliError} if it is not a percentage. */
export function allowedErrors(text = "0%"): number {
  const match = /^(\d{1,3}(?:\.\d+)?)%?$/.exec(text);
  const percent = Number(match?.[1] ?? Number.NaN);
  if (!(percent <= 100)) throw badValue("max_errors", text, "a percentage, as 0.5%");
  return percent / 100;
}

/**
 * Asks before load is put on other machines. Without a terminal, `--yes` is required. @throws {CliError} if refused.
 */
export async function allowed(
  services: readonly Service[],
  { yes }: { readonly yes?: boolean },
  terminal: Terminal,
): Promise<void> {
  const elsewhere = services.flatMap(({ nodes }) => nodes).filter(({ address }) => !isLoopback(address));
  const [first] = elsewhere;
  if (!first || yes) return;
  const text = `${elsewhere.length} nodes are on other machines, as ${first.address}`;
  if (!terminal.interactive) throw usage(`bench: ${text}`, "add --yes to put load on them");
  if (!(await confirm(`${text}: put load on them?`, terminal)))
    throw new CliError("CANCELLED", "not started");
}
