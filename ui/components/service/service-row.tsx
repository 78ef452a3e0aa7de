import type { ServiceRates, ServiceSummary } from "../../../src/web/model.js";
import { duration, rate } from "../../format.js";
import type { Sample } from "../../live.js";
import { link } from "../../router.js";
import { healthOf } from "../../services.js";
import { Spark } from "../charts/spark.js";
import { HealthMark, ServiceName } from "./service-label.js";

interface ServiceRowProps {
  readonly index: number;
  readonly service: ServiceSummary;
  readonly rates: ServiceRates | undefined;
  readonly samples: readonly Sample[] | undefined;
}

/** One service of the list. A dash stands where a service does not tell. */
export function ServiceRow({ index, service, rates, samples }: ServiceRowProps) {
  return (
    <div role="row" aria-rowindex={index + 1} class="row">
      <div role="cell" class="wide">
        <a class="service-link row-link" href={link("/registry", { service: service.name })}>
          <ServiceName name={service.name} />
        </a>
      </div>
      <div role="cell">
        <HealthMark health={healthOf(service)} />
      </div>
      <div role="cell" class="versions">
        {service.versions.slice(0, 3).map((version) => (
          <span class="chip" key={version} title={version}>
            {version || "none"}
          </span>
        ))}
        {service.versions.length > 3 && <span class="faint">+{service.versions.length - 3}</span>}
      </div>
      <div role="cell" class="number nodes">
        {service.passing === service.nodes ? service.nodes : `${service.passing} of ${service.nodes}`}
        <span class="unit">{service.nodes === 1 ? " node" : " nodes"}</span>
      </div>
      <div role="cell" class="number trend">
        <Spark samples={samples} value={(sample) => sample.rate} />
        <span>{rates ? rate(rates.rate) : "–"}</span>
        {rates && <span class="unit">/s</span>}
      </div>
      <div role="cell" class="number">
        {typeof rates?.p99 === "number" ? duration(rates.p99) : "–"}
      </div>
      <div role="cell" class={rates && rates.errors > 0 ? "number bad" : "number"}>
        {rates ? rate(rates.errors) : "–"}
        <span class="unit"> errors/s</span>
      </div>
    </div>
  );
}
