import type { Value } from "../../../src/core/service.js";

/** A type as people write it: the fields, each with its type. */
export function TypeTree({ title, value }: { title: string; value: Value | null }) {
  return (
    <div class="type">
      <h4>
        {title} {value && value.type !== "" && <code class="type-name">{value.type}</code>}
      </h4>
      {value === null || value.values.length === 0 ? (
        <p class="faint">No fields described</p>
      ) : (
        <Fields values={value.values} depth={0} />
      )}
    </div>
  );
}

const maxDepth = 8;

function Fields({ values, depth }: { values: readonly Value[]; depth: number }) {
  if (depth > maxDepth) return <span class="faint">…</span>;
  return (
    <ul class="fields">
      {values.map((value) => (
        <li key={value.name}>
          <span class="field-name">{value.name}</span> <code class="type-name">{value.type || "any"}</code>
          {inner(value).length > 0 && <Fields values={inner(value)} depth={depth + 1} />}
        </li>
      ))}
    </ul>
  );
}

/** The fields of an object, or of the objects in a list. */
function inner(value: Value): readonly Value[] {
  if (!value.type.startsWith("[]")) return value.values;
  return value.values.length === 1 ? (value.values[0]?.values ?? []) : value.values;
}
