import type { App, ServiceSummary } from "../../src/web/model.js";
import { Command } from "../components/copy.js";
import { Icon } from "../components/icon.js";
import { Empty, isUnloaded, PageHead, Unloaded } from "../components/page.js";
import { Busiest } from "../components/service/busiest.js";
import { HealthMark, ServiceLink } from "../components/service/service-label.js";
import { Timeline } from "../components/timeline.js";
import { compact, plural, rate } from "../format.js";
import { type Live, live } from "../live.js";
import { link } from "../router.js";
import { healthOf } from "../services.js";
import { useStore } from "../store.js";

const all = (state: Live) => state;

/** The system at a glance: is it well, what is in it, what changed. */
export function HomePage() {
  const state = useStore(live, all);
  if (isUnloaded(state)) return <Unloaded state={state} lines={6} />;
  const services = [...state.services.values()];
  if (services.length === 0) return <Nothing />;
  const troubled = services.filter((service) => service.nodes > 0 && service.passing < service.nodes);
  return (
    <>
      <PageHead title={<Headline services={services} troubled={troubled} />} />
      <Figures state={state} services={services} />
      {troubled.length > 0 && <Troubled services={troubled} />}
      <div class="columns">
        <div>
          <Apps apps={state.apps} />
          <Busiest state={state} />
        </div>
        <section class="card">
          <h2>Lately</h2>
          {state.timeline.length === 0 ? (
            <p class="faint">Nothing changed since this dashboard started.</p>
          ) : (
            <Timeline entries={state.timeline.slice(0, 10)} />
          )}
          {state.timeline.length > 10 && (
            <a class="all" href="/events">
              All events
            </a>
          )}
        </section>
      </div>
      <Command text="micro list services --long" />
    </>
  );
}

function Headline({
  services,
  troubled,
}: {
  services: readonly ServiceSummary[];
  troubled: readonly ServiceSummary[];
}) {
  if (troubled.length === 0) return <NoTrouble services={services} />;
  return (
    <span class="headline">
      <HealthMark health={troubled.some(({ passing }) => passing === 0) ? "down" : "partly"} text="" />
      {troubled.length} of {plural(services.length, "service")} {troubled.length === 1 ? "needs" : "need"} a
      look
    </span>
  );
}

/** Nothing fails; what nobody checks is not called healthy. */
function NoTrouble({ services }: { services: readonly ServiceSummary[] }) {
  const unchecked = services.filter((service) => healthOf(service) === "unchecked").length;
  const all = services.length === 1 ? "The one service is" : `All ${services.length} services are`;
  return (
    <span class="headline">
      <HealthMark health={unchecked === 0 ? "ok" : "unchecked"} text="" />
      {unchecked === 0 && `${all} healthy`}
      {unchecked === services.length && `${all} unchecked`}
      {unchecked > 0 &&
        unchecked < services.length &&
        `${unchecked} of ${services.length} services ${unchecked === 1 ? "is" : "are"} unchecked`}
    </span>
  );
}

function Figures({ state, services }: { state: Live; services: readonly ServiceSummary[] }) {
  const nodes = services.reduce((sum, service) => sum + service.nodes, 0);
  const rates = [...state.rates.values()];
  const calls = rates.reduce((sum, service) => sum + service.rate, 0);
  const errors = rates.reduce((sum, service) => sum + service.errors, 0);
  return (
    <dl class="figures">
      <Figure name="Services" value={compact(services.length)} />
      <Figure name="Nodes" value={compact(nodes)} note={nodesNote(services, nodes)} />
      <Figure name="Calls per second" value={rate(calls)} />
      <Figure name="Errors per second" value={rate(errors)} bad={errors > 0} />
    </dl>
  );
}

function nodesNote(services: readonly ServiceSummary[], nodes: number): string {
  const failing = nodes - services.reduce((sum, { passing }) => sum + passing, 0);
  const unchecked = services.reduce((sum, service) => sum + service.unchecked, 0);
  const notes = [failing > 0 && `${failing} failing`, unchecked > 0 && `${unchecked} unchecked`];
  return notes.filter(Boolean).join(", ") || "all passing";
}

function Figure({ name, value, note, bad }: { name: string; value: string; note?: string; bad?: boolean }) {
  return (
    <div class={bad ? "bad" : undefined}>
      <dt>{name}</dt>
      <dd>
        {value} {note !== undefined && <small>{note}</small>}
      </dd>
    </div>
  );
}

function Troubled({ services }: { services: readonly ServiceSummary[] }) {
  return (
    <section class="card troubled">
      <h2>Needs a look</h2>
      <ul class="rows">
        {services.slice(0, 6).map((service) => (
          <li key={service.name}>
            <ServiceLink name={service.name} />
            <HealthMark
              health={healthOf(service)}
              text={`${service.nodes - service.passing} of ${plural(service.nodes, "node")} failing`}
            />
          </li>
        ))}
      </ul>
      {services.length > 6 && (
        <a class="all" href={link("/registry", { health: "troubled" })}>
          All {services.length}
        </a>
      )}
    </section>
  );
}

function Apps({ apps }: { apps: readonly App[] }) {
  return (
    <section>
      <h2>Web apps</h2>
      {apps.length === 0 ? (
        <p class="faint">
          A service named <code>go.micro.web.foo</code> shows up here, and at <code>/foo</code>.
        </p>
      ) : (
        <ul class="tiles">
          {apps.map((app) => (
            <li key={app.service}>
              <a class="tile" href={app.url} target="_blank" rel="noreferrer">
                <span class="initial" aria-hidden="true">
                  {[...app.name][0]?.toUpperCase()}
                </span>
                <b>{app.name}</b>
                <span class="go">
                  <Icon name="out" />
                </span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Nothing() {
  return (
    <>
      <PageHead
        title="Nothing runs here yet"
        about="Services show up by themselves as soon as they register."
      />
      <Empty title="Try the greeter" command="micro dev --example greeter">
        One command starts a registry, the gateway, the sidecar, this dashboard and a service to query.
      </Empty>
    </>
  );
}
