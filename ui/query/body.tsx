import { useMemo } from "preact/hooks";
import type { Value } from "../../src/core/service.js";
import { parseJson, reindentJson, stringifyJson } from "../../src/core/text/json.js";
import { ObjectForm } from "./form.js";

interface BodyProps {
  readonly type: Value | null;
  readonly body: string;
  readonly onChange: (body: string) => void;
}

/** The request, as a form and as JSON side by side: each follows the other. */
export function Body({ type, body, onChange }: BodyProps) {
  const parsed = useMemo(() => parse(body), [body]);
  const described = type !== null && type.values.length > 0;
  return (
    <div class={described ? "body two" : "body"}>
      {described && (
        <div>
          <h2>Form</h2>
          {parsed.error === undefined ? (
            <ObjectForm
              type={type}
              value={parsed.value}
              onChange={(value) => onChange(stringifyJson(value, 2))}
            />
          ) : (
            <p class="faint">The form comes back when the JSON is complete.</p>
          )}
        </div>
      )}
      <div>
        <h2>
          <label for="request">JSON</label>
          {parsed.error === undefined && (
            <button type="button" class="quiet" onClick={() => onChange(reindentJson(body, "  "))}>
              Tidy up
            </button>
          )}
        </h2>
        <textarea
          id="request"
          rows={Math.min(24, Math.max(7, body.split("\n").length + 1))}
          value={body}
          spellcheck={false}
          autocapitalize="off"
          aria-invalid={parsed.error !== undefined}
          aria-describedby="request-error"
          onInput={(event) => onChange(event.currentTarget.value)}
        />
        <p id="request-error" class="field-error" role="status">
          {parsed.error}
        </p>
      </div>
    </div>
  );
}

/** An empty text stands for an empty object. */
export function parse(body: string): { readonly value: unknown; readonly error?: string } {
  if (body.trim() === "") return { value: {} };
  try {
    return { value: parseJson(body) };
  } catch (error) {
    return { value: undefined, error: (error as Error).message };
  }
}
