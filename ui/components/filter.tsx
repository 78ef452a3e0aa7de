/** The field that `/` goes to. */
export function Filter(props: { value: string; onInput: (value: string) => void; label: string }) {
  return (
    <div class="filter">
      <input
        type="search"
        data-filter=""
        aria-label={props.label}
        aria-keyshortcuts="/"
        value={props.value}
        placeholder={props.label}
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
      <kbd>/</kbd>
    </div>
  );
}
