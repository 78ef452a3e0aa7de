/** What a node replies to `Debug.Stats`. Zero for what it does not tell. */
export interface DebugStats {
  /** Unix seconds. */
  readonly started: number;
  /** Seconds. */
  readonly uptime: number;
  /** Bytes. */
  readonly memory: number;
  readonly threads: number;
  /** Total nanoseconds of GC pauses. */
  readonly gc: number;
}

/** The last second that JavaScript has a date for. */
const lastSecond = 8_640_000_000_000;

/** Reads a reply of `Debug.Stats`. Nodes leave out what is zero, and some write numbers as text. */
export function readDebugStats(reply: unknown): DebugStats {
  const stats = (typeof reply === "object" && reply !== null ? reply : {}) as Record<string, unknown>;
  const number = (name: keyof DebugStats, most = Number.MAX_VALUE) => {
    const read = Number(stats[name] ?? 0);
    return read >= 0 && read <= most ? read : 0;
  };
  return {
    started: number("started", lastSecond),
    uptime: number("uptime"),
    memory: number("memory"),
    threads: number("threads"),
    gc: number("gc"),
  };
}
