import { clock, duration } from "../format.js";
import { useStore } from "../store.js";
import { history } from "./history.js";
import type { Answer, Query } from "./query.js";

const asIs = (answers: readonly Answer[]) => answers;

interface HistoryProps {
  readonly onOpen: (answer: Answer) => void;
  readonly onRepeat: (query: Query) => void;
}

/** Earlier queries of this visit: to look at again, or to send again. */
export function HistoryList({ onOpen, onRepeat }: HistoryProps) {
  const answers = useStore(history, asIs);
  if (answers.length === 0) return null;
  return (
    <section>
      <h2>History</h2>
      <ol class="history">
        {answers.map((answer) => (
          <li key={`${answer.time} ${answer.duration}`}>
            <button type="button" class="history-open" onClick={() => onOpen(answer)}>
              <span class={answer.failed ? "code bad" : "code good"}>{answer.code}</span>
              <span class="what">
                <b>{answer.query.method}</b> <span class="faint">{answer.query.service}</span>
              </span>
              <span class="faint number">{duration(answer.duration)}</span>
              <time class="faint">{clock(answer.time)}</time>
            </button>
            <button type="button" class="button small" onClick={() => onRepeat(answer.query)}>
              Run again
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
