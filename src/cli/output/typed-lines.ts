import { once } from "node:events";
import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from "node:readline";
import { standardError } from "../stderr-stream.js";

/**
 * Reads lines typed on a terminal. Between two lines the terminal is free: Ctrl-C is a signal, and questions get the
 * keys.
 */
export class TypedLines {
  readonly #complete: (line: string) => string[];
  readonly #size: number;
  #history: readonly string[];
  /** Lines that arrived together with the previous one, as when pasted. */
  readonly #waiting: string[] = [];
  /** The unfinished line after them. It is continued at the next prompt. */
  #begun = "";

  /** @param history Newest first, `size` lines at most. */
  constructor(history: readonly string[], size: number, complete: (line: string) => string[]) {
    this.#history = history;
    this.#size = size;
    this.#complete = complete;
  }

  get history(): readonly string[] {
    return this.#history;
  }

  /** Returns the next line. Undefined at the end of the input. */
  async next(): Promise<string | undefined> {
    if (this.#waiting.length === 0) await this.#ask();
    return this.#waiting.shift();
  }

  async #ask(): Promise<void> {
    const lines = createInterface({
      input: process.stdin,
      output: standardError(),
      prompt: "micro> ",
      history: [...this.#history],
      historySize: this.#size,
      completer: (line: string): [string[], string] => [this.#complete(line), line],
    });
    lines.on("history", (entries: string[]) => {
      this.#history = [...entries];
    });
    lines.on("SIGINT", () => {
      lines.write(null, { ctrl: true, name: "u" });
      lines.prompt();
    });
    lines.on("line", (line) => {
      this.#waiting.push(line);
      // not at once, or input that was read together with this line would be lost
      setImmediate(() => {
        this.#begun = lines.line;
        if (this.#begun !== "") wipe(lines);
        lines.close();
      });
    });
    lines.prompt();
    if (this.#begun !== "") lines.write(this.#begun);
    await once(lines, "close");
  }
}

/** Clears the unfinished line from the screen, to make room for the output of a command. */
function wipe(lines: Interface): void {
  const screen = standardError();
  moveCursor(screen, 0, -lines.getCursorPos().rows);
  cursorTo(screen, 0);
  clearScreenDown(screen);
}
