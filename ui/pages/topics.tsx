import { useMemo } from "preact/hooks";
import { Combobox } from "../components/combobox.js";
import { Command } from "../components/copy.js";
import { Empty, PageHead } from "../components/page.js";
import { ServiceLink } from "../components/service/service-label.js";
import { plural } from "../format.js";
import { type Live, live } from "../live.js";
import { link, setParams, usePlace } from "../router.js";
import { useStore } from "../store.js";
import { Publish } from "../topics/publish.js";
import { subscribersByTopic } from "../topics/subscribers.js";
import { Subscription } from "../topics/subscription.js";

const pickServices = (state: Live) => state.services;
const pickTopics = (state: Live) => state.topics;
const pickAdmin = (state: Live) => state.access.admin;

/** Messages by topic: who listens, and what comes by. */
export function TopicsPage() {
  const services = useStore(live, pickServices);
  const admin = useStore(live, pickAdmin);
  const topic = usePlace().params.get("topic") ?? "";
  const registered = useStore(live, pickTopics);
  const topics = useMemo(
    () => subscribersByTopic([...services.values()], registered.keys()),
    [services, registered],
  );
  return (
    <>
      <PageHead title="Topics" about={`${plural(topics.size, "topic")} with subscribers`} />
      <div class="topics">
        <section class="card">
          <Combobox
            label="Topic"
            value={topic}
            options={[...topics.keys()]}
            placeholder="Choose or type a topic"
            filter
            onChange={(next) => setParams({ topic: next })}
          />
          <ul class="rows topic-list">
            {[...topics].slice(0, 100).map(([name, subscribers]) => (
              <li key={name}>
                <a
                  class="service-link"
                  href={link("/topics", { topic: name })}
                  aria-current={name === topic ? "true" : undefined}
                >
                  {name}
                </a>
                <span class="faint number" title={plural(subscribers.length, "subscriber")}>
                  {subscribers.length}
                </span>
              </li>
            ))}
          </ul>
        </section>
        <div>
          {topic === "" ? (
            <Empty title="Choose a topic">Its messages are shown as they come by; nothing is kept.</Empty>
          ) : (
            <>
              <Subscription key={topic} topic={topic} />
              <Publish topic={topic} admin={admin} />
              <section>
                <h2>Subscribers</h2>
                <ul class="rows card">
                  {(topics.get(topic) ?? []).map((name) => (
                    <li key={name}>
                      <ServiceLink name={name} />
                    </li>
                  ))}
                  {!topics.get(topic)?.length && <li class="faint">No service says that it subscribes.</li>}
                </ul>
              </section>
            </>
          )}
        </div>
      </div>
      <Command text={topic === "" ? "micro subscribe TOPIC" : `micro subscribe ${topic}`} />
    </>
  );
}
