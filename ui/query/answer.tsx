import { CopyButton } from "../components/copy.js";
import { JsonView } from "../components/json-view.js";
import { HealthMark } from "../components/service/service-label.js";
import { duration } from "../format.js";
import type { Answer } from "./query.js";

/** What came back, from where, and how long it took. */
export function AnswerView({ answer }: { answer: Answer }) {
  return (
    <section class={answer.failed ? "card answer failed" : "card answer"} aria-label="Answer">
      <header>
        <HealthMark
          health={answer.failed ? "down" : "ok"}
          text={answer.failed ? `Error ${answer.code}` : "OK"}
        />
        <span class="fact">{duration(answer.duration)}</span>
        {answer.node !== "" && (
          <span class="fact" title="Node that answered">
            <code>{answer.node}</code>
          </span>
        )}
        {answer.version !== "" && <span class="fact">version {answer.version}</span>}
        {answer.attempts > 1 && <span class="fact">{answer.attempts} attempts</span>}
        <CopyButton text={answer.text} />
      </header>
      <JsonView text={answer.text} />
    </section>
  );
}
