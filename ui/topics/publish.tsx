import { useState } from "preact/hooks";
import { sendJson } from "../api.js";
import { CopyButton } from "../components/copy.js";
import { Icon } from "../components/icon.js";
import { Failure } from "../components/page.js";
import { parse } from "../query/body.js";

/** Publishes to a topic: an act, so only under `--web_admin`; otherwise it shows the command that does it. */
export function Publish({ topic, admin }: { topic: string; admin: boolean }) {
  const [body, setBody] = useState("{}");
  const [done, setDone] = useState("");
  const [error, setError] = useState<Error>();
  const isText = parse(body).error !== undefined;
  const publish = (event: Event) => {
    event.preventDefault();
    const json = `${JSON.stringify({ topic }).slice(0, -1)},"body":${body.trim() || "{}"}}`;
    const envelope = isText ? JSON.stringify({ topic, body, encoding: "utf8" }) : json;
    sendJson("/topics", "POST", envelope).then(() => {
      setError(undefined);
      setDone(`Published at ${new Date().toLocaleTimeString("en-GB")}`);
    }, setError);
  };
  return (
    <form class="card" onSubmit={publish}>
      <h2>Publish</h2>
      <label class="field">
        <span>Message, JSON or text</span>
        <textarea
          rows={4}
          value={body}
          spellcheck={false}
          onInput={(event) => setBody(event.currentTarget.value)}
        />
      </label>
      <p class="faint" role="status">
        {isText && "This is no JSON: it is published as text."}
      </p>
      {error && <Failure error={error} what="Not published" />}
      <footer>
        {admin ? (
          <button type="submit" class="button primary">
            <Icon name="play" /> Publish
          </button>
        ) : (
          <span class="faint">
            This dashboard is read-only: start it with <code>--web_admin</code> to publish here.
          </span>
        )}
        <span class="faint" role="status">
          {done}
        </span>
        <span class="copy-as">
          <CopyButton text={`micro publish ${topic} '${body.replaceAll("'", "'\\''")}'`} label="micro" />
        </span>
      </footer>
    </form>
  );
}
