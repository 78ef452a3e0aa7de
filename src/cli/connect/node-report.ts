import { formatAddress } from "../../core/net/address.js";
import { formatDuration } from "../../core/time/duration.js";
import { type DebugStats, readDebugStats } from "../../service/debug-stats.js";
import { sanitise } from "../sanitise.js";
import type { NodeAnswer } from "./ask-nodes.js";

/** Returns the `host:port` of a node, as printed. */
export function nodeAddress({ node }: NodeAnswer): string {
  return formatAddress({ host: node.address, port: node.port });
}

/** Returns the status of a node, or why there is none, on one line. */
export function statusOf({ fields, failure }: NodeAnswer): string {
  if (failure) return failure.message.replaceAll(/\s+/g, " ");
  return typeof fields.status === "string" ? fields.status : "no status";
}

/** Reads the reply of Debug.Stats. */
export function statsOf({ fields }: NodeAnswer): DebugStats {
  return readDebugStats(fields);
}

/**
 * Formats start time, uptime, memory, threads and GC as the original does. Empty and 0 for a node that did not answer.
 */
export function statsCells(answer: NodeAnswer): string[] {
  if (answer.failure) return ["", "", "", "0", ""];
  const { started, uptime, memory, threads, gc } = statsOf(answer);
  return [
    startedText(started),
    formatDuration(uptime * 1000),
    `${(memory / 1024 / 1024).toFixed(2)}mb`,
    String(threads),
    formatDuration(gc / 1e6),
  ];
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Formats a local time as `Nov 23 03:42:37`, the day without padding. Source: Go's layout `Jan 2 15:04:05`. */
function startedText(seconds: number): string {
  const at = new Date(seconds * 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":");
  return `${months[at.getMonth()]} ${at.getDate()} ${time}`;
}

/** Formats rows under a heading per version, with two tabs after node and address, as the original does. */
export function nodesText(
  service: string,
  answers: readonly NodeAnswer[],
  head: string,
  cells: (answer: NodeAnswer) => string,
): string {
  const versions = [...new Set(answers.map(({ version }) => version))];
  const blocks = versions.map((version) => {
    const rows = answers.filter((answer) => answer.version === version);
    const lines = rows.map(
      (row) => `${sanitise(row.node.id)}\t\t${sanitise(nodeAddress(row))}\t\t${cells(row)}\n`,
    );
    return `version ${sanitise(version)}\n\nnode\t\taddress:port\t\t${head}\n${lines.join("")}`;
  });
  return [`service  ${sanitise(service)}\n`, ...blocks].join("\n");
}

/** Returns the node of an answer for `--json`. */
export function nodeJson({ node, version }: NodeAnswer): {
  id: string;
  version: string;
  address: string;
  port: number;
} {
  return { id: node.id, version, address: node.address, port: node.port };
}
