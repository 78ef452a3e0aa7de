/** Numbers and times as people read them. */
export function count(value: number): string {
  return new Intl.NumberFormat("en").format(value);
}

/** Calls per second: three digits are enough. */
export function rate(value: number): string {
  if (value === 0) return "0";
  if (value < 0.1) return "<0.1";
  return compact(value);
}

export function compact(value: number): string {
  return new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 }).format(value);
}

/** Milliseconds as `0.8 ms`, `12 ms`, `1.4 s`. */
export function duration(ms: number): string {
  if (ms === 0) return "0 ms";
  if (ms < 10) return `${Math.max(0.01, Number(ms.toPrecision(2)))} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return `${Number((ms / 1_000).toPrecision(3))} s`;
}

export function bytes(value: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let index = 0;
  let left = value;
  for (; left >= 1_000 && index < units.length - 1; index++) left /= 1_000;
  return `${Number(left.toPrecision(3))} ${units[index]}`;
}

/** How long something lasted: `12s`, `3m`, `5h`, `2d`. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

export function ago(time: number, now: number): string {
  return now - time < 2_000 ? "just now" : `${age(now - time)} ago`;
}

export function clock(time: number): string {
  return new Date(time).toLocaleTimeString("en-GB");
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** The namespace and the last label of a service's name: `go.micro.srv.` and `greeter`. */
export function splitName(name: string): readonly [prefix: string, label: string] {
  const dot = name.lastIndexOf(".", name.length - 2);
  return [name.slice(0, dot + 1), name.slice(dot + 1)];
}
