import type { CallsReport, MethodCalls } from "../../server/call-counts.js";

/** Limits of one node's report. */
const maxMethods = 1_100;
const maxCallers = 300;
const maxBuckets = 64;

/** Parses the `Debug.Calls` response of an untrusted node. Invalid parts are ignored. */
export function readCalls(value: unknown): CallsReport {
  const { methods } = fields(value);
  return { methods: list(methods, maxMethods).map(readMethod) };
}

function readMethod(value: unknown): MethodCalls {
  const { name, calls, errors, latency, callers } = fields(value);
  return {
    name: text(name),
    calls: amount(calls),
    errors: amount(errors),
    latency: list(latency, maxBuckets).map((pair) => {
      const [bucket, count] = list(pair, 2);
      return [Math.min(maxBuckets - 1, amount(bucket)), amount(count)] as const;
    }),
    callers: list(callers, maxCallers).map((caller) => {
      const known = fields(caller);
      return { name: text(known.name), calls: amount(known.calls) };
    }),
  };
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function list(value: unknown, most: number): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, most) : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value.slice(0, 200) : "";
}

function amount(value: unknown): number {
  return typeof value === "number" && value >= 0 && Number.isFinite(value) ? Math.floor(value) : 0;
}
