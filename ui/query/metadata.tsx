import { Icon } from "../components/icon.js";
import type { Query } from "./query.js";

interface MetadataProps {
  readonly entries: Query["metadata"];
  readonly onChange: (entries: Query["metadata"]) => void;
}

/** The headers that go with a query. */
export function MetadataRows({ entries, onChange }: MetadataProps) {
  const replace = (index: number, entry: readonly [string, string]) =>
    onChange(entries.map((old, at) => (at === index ? entry : old)));
  return (
    <fieldset class="metadata">
      <legend>Metadata</legend>
      {entries.map(([name, value], index) => (
        <div class="list-item" key={index}>
          <input
            aria-label={`Name of metadata ${index + 1}`}
            placeholder="Name"
            value={name}
            onInput={(event) => replace(index, [event.currentTarget.value, value])}
          />
          <input
            aria-label={`Value of metadata ${index + 1}`}
            placeholder="Value"
            value={value}
            onInput={(event) => replace(index, [name, event.currentTarget.value])}
          />
          <button
            type="button"
            class="tool"
            onClick={() => onChange(entries.filter((_, at) => at !== index))}
          >
            <Icon name="close" />
            <span class="sr">Remove metadata {index + 1}</span>
          </button>
        </div>
      ))}
      <button type="button" class="button small" onClick={() => onChange([...entries, ["", ""]])}>
        <Icon name="plus" /> Add metadata
      </button>
    </fieldset>
  );
}
