import type { Reason, UnreachableBackend } from "../../core/errors.js";
import { isLoopback, parseAddress } from "../../core/net/address.js";
import { saysNoTls } from "../../core/net/tls-text.js";
import { shellQuote } from "../../core/text/shell-quote.js";

/** The subject of a failed command. */
interface Subject {
  readonly detail: string;
  readonly service?: string;
  readonly method?: string;
  readonly backend?: UnreachableBackend | undefined;
}

/** Returns advice on a failure: a command, or a short text that contains one. */
export function hintFor(reason: Reason, { detail, service, backend }: Subject): string | undefined {
  if (reason === "REGISTRY_UNREACHABLE") return backendHint("registry", backend) ?? "micro doctor";
  if (reason === "BROKER_UNREACHABLE") return backendHint("broker", backend) ?? "micro doctor";
  if (reason === "SIDECAR_UNREACHABLE")
    return /is not a sidecar/.test(detail)
      ? "give the address of a sidecar: --proxy_address HOST:8081"
      : "start one: micro sidecar";
  if (reason === "TLS_FAILED" && /SELF_SIGNED|UNABLE_TO/.test(detail) && !detail.includes("--tls_"))
    return "give the authority that signed it: --tls_ca_file PATH";
  if (reason === "TLS_FAILED" && saysNoTls(detail)) return noTlsHint(detail, service);
  if (reason === "SERVICE_NOT_FOUND" || reason === "NO_NODES") return "micro list services";
  if (reason === "METHOD_NOT_FOUND" && service) return `micro get service ${shellQuote(service)}`;
  if (reason === "NODE_UNREACHABLE")
    return backendHint("transport", backend) ?? (service ? `micro health ${shellQuote(service)}` : undefined);
  if (reason === "UNAUTHORIZED" || reason === "FORBIDDEN")
    return "give the token with --token_file PATH or MICRO_TOKEN";
  return undefined;
}

/** Advice on a peer that speaks no TLS. The entry of a node says whether it should. */
function noTlsHint(detail: string, service: string | undefined): string {
  if (!detail.startsWith("connect to")) return "give its address without TLS: http://HOST:PORT";
  return service ? `micro get service ${shellQuote(service)}` : "micro list services --long";
}

/** Advice on a server that does not answer. Suggests `micro agent` for a Consul on this machine, and in place of mDNS without a network. */
function backendHint(
  part: "registry" | "broker" | "transport",
  backend: UnreachableBackend | undefined,
): string | undefined {
  if (backend === undefined) return undefined;
  const { name, address, silent = false } = backend;
  if (address === undefined)
    return "connect this machine to a network, or use --registry consul with: micro agent";
  const isPath = address.startsWith("/"); // of a Unix socket
  const here = isPath || isLoopback(parseAddress(address).host);
  const elsewhere = `say where ${name} is: --${part}_address HOST:PORT`;
  if (here && silent)
    return `something listens at ${address} and does not answer: see whether it hangs or is stopped, or ${elsewhere}`;
  if (name === "consul" && here && !isPath)
    return address.endsWith(":8500")
      ? "start one: micro agent"
      : `start one: micro agent --agent_address ${address}`;
  return `start ${name} at ${address}, or ${elsewhere}`;
}
