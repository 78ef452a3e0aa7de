import { reindentJson } from "../../src/core/text/json.js";
import { shellQuote } from "../../src/core/text/shell-quote.js";
import type { Query } from "./query.js";

/** The query as a command of the command line. */
export function asMicro(query: Query, stream = false): string {
  const parts = [
    "micro",
    stream ? "stream" : "query",
    shellQuote(query.service),
    shellQuote(query.method),
    shellQuote(compact(query.body)),
  ];
  for (const [name, value] of query.metadata) parts.push("--metadata", shellQuote(`${name}=${value}`));
  if (query.node !== "") parts.push("--node", shellQuote(query.node));
  if (!stream && query.timeout !== 5_000) parts.push("--client_request_timeout", `${query.timeout}ms`);
  return parts.join(" ");
}

/** The query through the `/rpc` of this very server. */
export function asCurl(query: Query, origin: string): string {
  const { service, method, metadata } = query;
  const head = JSON.stringify({ service, method });
  const body = `${head.slice(0, -1)},"request":${compact(query.body) || "{}"}}`;
  const headers = [["Content-Type", "application/json"] as const, ...metadata].map(
    ([name, value]) => ` -H ${shellQuote(`${name}: ${value}`)}`,
  );
  return `curl -s ${origin}/rpc${headers.join("")} -d ${shellQuote(body)}`;
}

/** The query as a program. */
export function asTypeScript(query: Query): string {
  const options = [
    query.timeout === 5_000 ? "" : `timeout: ${query.timeout}`,
    query.node === "" ? "" : `node: ${JSON.stringify(query.node)}`,
    query.metadata.length === 0 ? "" : `metadata: ${JSON.stringify(Object.fromEntries(query.metadata))}`,
  ].filter(Boolean);
  const last = options.length === 0 ? "" : `, { ${options.join(", ")} }`;
  const call = [
    JSON.stringify(query.service),
    JSON.stringify(query.method),
    compact(query.body) || "{}",
  ].join(", ");
  return [
    'import { service } from "micro-toolkit";',
    "",
    'await using caller = service({ name: "caller" });',
    `console.log(await caller.client.call(${call}${last}));`,
  ].join("\n");
}

function compact(body: string): string {
  return reindentJson(body, "");
}
