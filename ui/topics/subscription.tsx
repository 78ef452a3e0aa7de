import { useState } from "preact/hooks";
import { Icon } from "../components/icon.js";
import { JsonView } from "../components/json-view.js";
import { HealthMark } from "../components/service/service-label.js";
import { Tags } from "../components/tags.js";
import { clock, count, rate } from "../format.js";
import { type Listening, type TopicMessage, useTopic } from "./use-topic.js";

const words: Readonly<Record<Listening, string>> = {
  off: "Not subscribed",
  opening: "Subscribing…",
  on: "Subscribed",
  lost: "Reconnecting…",
};

/** The messages of a topic as they come, to pause and to search. */
export function Subscription({ topic }: { topic: string }) {
  const { state, messages, paused, missed, rate: perSecond, listen, stop, pause, clear } = useTopic(topic);
  const [query, setQuery] = useState("");
  const wanted = query.toLowerCase();
  const shown = wanted === "" ? messages : messages.filter(({ body }) => body.toLowerCase().includes(wanted));
  return (
    <section class="card answer" aria-label={`Messages of ${topic}`}>
      <header>
        <HealthMark
          health={state === "on" ? "ok" : state === "lost" ? "partly" : "none"}
          text={words[state]}
        />
        {state !== "off" && <span class="fact">{rate(perSecond)}/s</span>}
        {missed > 0 && <span class="fact">{count(missed)} while paused</span>}
        <span class="acts">
          {state === "off" ? (
            <button type="button" class="button primary" onClick={listen}>
              <Icon name="play" /> Subscribe
            </button>
          ) : (
            <>
              <button type="button" class="button" aria-pressed={paused} onClick={() => pause(!paused)}>
                <Icon name={paused ? "play" : "pause"} /> {paused ? "Go on" : "Pause"}
              </button>
              <button type="button" class="button" onClick={stop}>
                <Icon name="stop" /> Stop
              </button>
            </>
          )}
          <button type="button" class="button" disabled={messages.length === 0} onClick={clear}>
            Clear
          </button>
        </span>
      </header>
      {messages.length > 0 && (
        <label class="field">
          <span class="sr">Search messages</span>
          <input
            type="search"
            value={query}
            placeholder="Search messages"
            onInput={(event) => setQuery(event.currentTarget.value)}
          />
        </label>
      )}
      <ol class="messages" aria-live={paused ? "off" : "polite"}>
        {shown.map((message) => (
          <MessageRow key={message.id} message={message} />
        ))}
      </ol>
      {shown.length === 0 && (
        <p class="faint">{messages.length === 0 ? "No message yet." : "No message matches."}</p>
      )}
    </section>
  );
}

function MessageRow({ message }: { message: TopicMessage }) {
  return (
    <li class="in">
      <span class="arrow" aria-hidden="true">
        ←
      </span>
      <div>
        {message.encoding === "json" ? (
          <JsonView text={message.body} />
        ) : (
          <pre class="json" tabIndex={0}>
            {message.body}
          </pre>
        )}
        {message.encoding === "base64" && <p class="faint">Bytes, in base64</p>}
        {message.size !== undefined && <p class="faint">The beginning of {count(message.size)} bytes</p>}
        <Tags values={message.header} />
      </div>
      <time>{clock(message.time)}</time>
    </li>
  );
}
