import type { Value } from "../../src/core/service.js";
import { parseJson, stringifyJson } from "../../src/core/text/json.js";
import { Icon } from "../components/icon.js";
import { emptyOf, kindOf } from "./field-kinds.js";

interface FormProps {
  readonly type: Value;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

type Members = Readonly<Record<string, unknown>>;

/** A control for each field of an object's type; members that the type does not name are kept. */
export function ObjectForm({ type, value, onChange }: FormProps) {
  const members = isMembers(value) ? value : {};
  return (
    <div class="form">
      {type.values.map((field) => {
        const { name } = field;
        return (
          <Field
            key={name}
            type={field}
            value={Object.hasOwn(members, name) ? members[name] : undefined}
            onChange={(next) => onChange(withMember(members, name, next))}
          />
        );
      })}
    </div>
  );
}

function isMembers(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function withMember(members: Members, name: string, value: unknown): Members {
  const entries = Object.entries(members).filter(([key]) => key !== name || value !== undefined);
  const at = entries.findIndex(([key]) => key === name);
  if (at >= 0) entries[at] = [name, value];
  else if (value !== undefined) entries.push([name, value]);
  return Object.fromEntries(entries);
}

function Field({ type, value, onChange }: FormProps) {
  const kind = kindOf(type);
  if (kind === "object")
    return (
      <fieldset>
        <legend>
          {type.name} <code class="type-name">{type.type}</code>
        </legend>
        <ObjectForm type={type} value={value} onChange={onChange} />
      </fieldset>
    );
  if (kind === "list") return <ListField type={type} value={value} onChange={onChange} />;
  if (kind === "flag")
    return (
      <label class="field flag">
        <input
          type="checkbox"
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
        {type.name} <code class="type-name">{type.type}</code>
      </label>
    );
  return (
    <label class="field">
      <span>
        {type.name} <code class="type-name">{type.type || "any"}</code>
      </span>
      <input
        value={shown(value, kind === "text")}
        inputMode={kind === "number" ? "decimal" : undefined}
        placeholder={kind === "any" ? "JSON" : undefined}
        spellcheck={false}
        autocomplete="off"
        onInput={(event) =>
          onChange(kind === "text" ? event.currentTarget.value : read(event.currentTarget.value))
        }
      />
    </label>
  );
}

function ListField({ type, value, onChange }: FormProps) {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  const element = type.values[0];
  if (!element) return null;
  const itemType = { ...element, type: type.type.slice(2) || element.type };
  const replace = (index: number, next: unknown) =>
    onChange(items.map((item, at) => (at === index ? next : item)));
  return (
    <fieldset>
      <legend>
        {type.name} <code class="type-name">{type.type}</code>
      </legend>
      {items.map((item, index) => (
        <div class="list-item" key={index}>
          <Field
            type={{ ...itemType, name: `${type.name} ${index + 1}` }}
            value={item}
            onChange={(next) => replace(index, next ?? null)}
          />
          <button
            type="button"
            class="tool"
            title={`Remove ${type.name} ${index + 1}`}
            onClick={() => onChange(items.filter((_, at) => at !== index))}
          >
            <Icon name="close" />
            <span class="sr">
              Remove {type.name} {index + 1}
            </span>
          </button>
        </div>
      ))}
      <button type="button" class="button small" onClick={() => onChange([...items, emptyOf(itemType)])}>
        <Icon name="plus" /> Add {type.name}
      </button>
    </fieldset>
  );
}

function shown(value: unknown, text: boolean): string {
  if (value === undefined || value === null) return "";
  return text && typeof value === "string" ? value : stringifyJson(value);
}

/** What was typed as JSON, as a text where it is none, as nothing where it is empty. */
function read(typed: string): unknown {
  if (typed.trim() === "") return undefined;
  try {
    return parseJson(typed);
  } catch {
    return typed;
  }
}
