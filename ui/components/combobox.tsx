import { useId, useMemo, useState } from "preact/hooks";

interface ComboboxProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly string[];
  readonly onChange: (value: string) => void;
  readonly placeholder?: string;
  readonly filter?: boolean;
}

const most = 40;

/** A field with suggestions that narrow as one types; what is no suggestion is taken too. */
export function Combobox({ label, value, options, onChange, placeholder, filter }: ComboboxProps) {
  const id = useId();
  const [typed, setTyped] = useState<string>();
  const [active, setActive] = useState(-1);
  const found = useMemo(() => matching(options, typed ?? ""), [options, typed]);
  const open = typed !== undefined && found.length > 0;
  const take = (next: string) => {
    setTyped(undefined);
    setActive(-1);
    if (next !== value) onChange(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      if (!open) setTyped("");
      else setActive((active + step + found.length) % found.length);
    } else if (event.key === "Enter" && typed !== undefined) {
      event.preventDefault();
      take(found[active] ?? best(found, typed));
    } else if (event.key === "Escape") setTyped(undefined);
  };
  return (
    <div class="field combobox">
      <label for={id}>{label}</label>
      <input
        id={id}
        role="combobox"
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={open && active >= 0 ? `${id}-${active}` : undefined}
        data-filter={filter ? "" : undefined}
        value={typed ?? value}
        placeholder={placeholder}
        spellcheck={false}
        autocomplete="off"
        onFocus={(event) => event.currentTarget.select()}
        onClick={() => setTyped((old) => old ?? "")}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setActive(-1);
        }}
        onBlur={() => typed !== undefined && take(typed === "" ? value : typed)}
        onKeyDown={onKeyDown}
      />
      <ul id={`${id}-list`} role="listbox" aria-label={label} hidden={!open}>
        {found.map((option, index) => (
          <li
            key={option}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === active}
            onPointerDown={(event) => {
              event.preventDefault();
              take(option);
            }}
          >
            {option}
          </li>
        ))}
      </ul>
    </div>
  );
}

function matching(options: readonly string[], typed: string): readonly string[] {
  const wanted = typed.toLowerCase();
  return options.filter((option) => option.toLowerCase().includes(wanted)).slice(0, most);
}

/** Enter takes the only suggestion that is left, else what was typed. */
function best(found: readonly string[], typed: string): string {
  return found.length === 1 && found[0] !== undefined && typed !== "" ? found[0] : typed;
}
