import { useEffect, useRef } from "preact/hooks";
import type { Page } from "../../app.js";
import { helpOpen } from "../../keys.js";
import { Icon } from "../icon.js";

const keys: readonly (readonly [keys: readonly string[], act: string])[] = [
  [["/"], "Filter the page in view"],
  [["?"], "Show or hide this help"],
  [["Esc"], "Leave a field, close this help"],
  [["↑", "↓"], "Choose in a list of suggestions"],
  [["Ctrl", "Enter"], "Send the query"],
];

/** Every key of the dashboard. */
export function Help({ pages }: { pages: readonly Page[] }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={() => helpOpen.set(false)}>
      <header>
        <h2 id="help-title">Keys</h2>
        <button type="button" class="tool" onClick={() => helpOpen.set(false)}>
          <Icon name="close" />
          <span class="sr">Close</span>
        </button>
      </header>
      <dl>
        {keys.map(([names, act]) => (
          <Row key={act} names={names} act={act} />
        ))}
        {pages.map((page) => (
          <Row key={page.path} names={["g", page.key]} act={`Go to ${page.title}`} />
        ))}
      </dl>
    </dialog>
  );
}

function Row({ names, act }: { names: readonly string[]; act: string }) {
  return (
    <div>
      <dt>
        {names.map((name) => (
          <kbd key={name}>{name}</kbd>
        ))}
      </dt>
      <dd>{act}</dd>
    </div>
  );
}
