/** What `dev` has to tell, in the order in which it happens. */
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
      /** It ended by itself and with 0: it runs again when its file changes. */
      readonly finished: boolean;
      /** It crashed: milliseconds until it runs again. */
      readonly again: number | undefined;
    }
  | {
      readonly event: "child-output";
      readonly name: string;
      readonly stream: "stdout" | "stderr";
      readonly line: string;
    };

/** Hears what happens. */
export type Report = (event: DevEvent) => void;
