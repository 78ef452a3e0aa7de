/** An event of `dev`, in the order in which they happen. */
export type DevEvent =
  | {
      readonly event: "ready";
      readonly registry: string;
      readonly programs: Readonly<Record<string, string>>;
    }
  | { readonly event: "note"; readonly text: string }
  | { readonly event: "child-started"; readonly name: string; readonly pid: number }
  | {
      readonly event: "child-exited";
      readonly name: string;
      readonly code: number | string;
      /** True if it exited by itself with 0. It is started again when its file changes. */
      readonly finished: boolean;
      /** Milliseconds until it is restarted, if it crashed. */
      readonly again: number | undefined;
    }
  | {
      readonly event: "child-output";
      readonly name: string;
      readonly stream: "stdout" | "stderr";
      readonly line: string;
    };

/** Receives the events. */
export type Report = (event: DevEvent) => void;
