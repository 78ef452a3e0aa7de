import type { ServiceSummary } from "../../../src/web/model.js";
import { plural, rate } from "../../format.js";
import type { Live } from "../../live.js";
import { link } from "../../router.js";
import { Spark } from "../charts/spark.js";
import { ServiceLink } from "./service-label.js";

const most = 6;

/** The services with most calls; in a quiet system, those that one can call. */
export function Busiest({ state }: { state: Live }) {
  const busy = [...state.rates.values()]
    .filter(({ rate: calls }) => calls > 0)
    .sort((a, b) => b.rate - a.rate);
  if (busy.length === 0) return <Callable services={[...state.services.values()]} />;
  return (
    <section class="card">
      <h2>Busiest</h2>
      <ul class="rows busiest">
        {busy.slice(0, most).map((service) => (
          <li key={service.name}>
            <ServiceLink name={service.name} />
            <Spark samples={state.history.get(service.name)} value={(sample) => sample.rate} />
            <span class="number">{rate(service.rate)}/s</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Callable({ services }: { services: readonly ServiceSummary[] }) {
  const described = services.filter(({ endpoints }) => endpoints > 0);
  if (described.length === 0) return null;
  return (
    <section class="card">
      <h2>Ready to query</h2>
      <ul class="rows">
        {described.slice(0, most).map(({ name, endpoints }) => (
          <li key={name}>
            <ServiceLink name={name} />
            <span class="faint">{plural(endpoints, "endpoint")}</span>
            <a class="button small" href={link("/query", { service: name })}>
              Query<span class="sr"> {name}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
