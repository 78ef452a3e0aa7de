import { useMemo } from "preact/hooks";
import { reindentJson } from "../../src/core/text/json.js";

const token = /"(?:[^"\\]|\\.)*"(?:\s*:)?|-?\d[\d.eE+-]*|\b(?:true|false|null)\b/g;
/** Beyond this many characters colours cost more than they tell. */
const maxColoured = 100_000;

/** JSON text, indented and coloured; no number in it is touched. */
export function JsonView({ text }: { text: string }) {
  const pieces = useMemo(() => colour(indent(text)), [text]);
  return (
    // A scrolling region must be reachable by keyboard.
    <pre class="json" tabIndex={0}>
      {pieces.map(([kind, piece], index) =>
        kind === "" ? (
          piece
        ) : (
          <span key={index} class={kind}>
            {piece}
          </span>
        ),
      )}
    </pre>
  );
}

function indent(text: string): string {
  return text.length > 2_000_000 ? text : reindentJson(text, "  ");
}

function colour(text: string): readonly (readonly [kind: string, piece: string])[] {
  if (text.length > maxColoured) return [["", text]];
  const pieces: [string, string][] = [];
  let end = 0;
  for (const match of text.matchAll(token)) {
    pieces.push(["", text.slice(end, match.index)], [kindOf(match[0]), match[0]]);
    end = match.index + match[0].length;
  }
  pieces.push(["", text.slice(end)]);
  return pieces;
}

function kindOf(piece: string): string {
  if (piece.startsWith('"')) return piece.endsWith(":") ? "json-key" : "json-string";
  return /^[-\d]/.test(piece) ? "json-number" : "json-word";
}
