import { useEffect, useState } from "preact/hooks";
import { Icon } from "./icon.js";

/** A button that puts `text` on the clipboard and says so. */
export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1_500);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => setCopied(await write(text));
  return (
    <button type="button" class="quiet copy" onClick={copy} title={label}>
      <Icon name={copied ? "check" : "copy"} />
      <span aria-live="polite">{copied ? "Copied" : label}</span>
    </button>
  );
}

/** The clipboard of today needs a secure context; on plain HTTP the old way still works. */
async function write(text: string): Promise<boolean> {
  if (navigator.clipboard) {
    const written = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    if (written) return true;
  }
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

/** The command that shows on a terminal what the page shows. */
export function Command({ text }: { text: string }) {
  return (
    <div class="command">
      <code>
        <span class="prompt" aria-hidden="true">
          ${" "}
        </span>
        {text}
      </code>
      <CopyButton text={text} label="Copy command" />
    </div>
  );
}
