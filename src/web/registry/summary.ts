import type { Service } from "../../core/service.js";
import { isUnchecked } from "../../registry/wire/group-by-version.js";
import type { App, ServiceSummary } from "../model.js";
import { fails } from "./diff.js";

/** Limits of what one service can show on the dashboard. */
const maxVersions = 20;
const maxTopics = 100;

/** Summarises a service. */
export function summarise(name: string, services: readonly Service[]): ServiceSummary {
  const nodes = services.flatMap((service) => service.nodes);
  const endpoints = new Set(
    services.flatMap((service) => service.endpoints.map((endpoint) => endpoint.name)),
  );
  return {
    name,
    versions: services
      .map(({ version }) => version)
      .sort(byVersion)
      .slice(0, maxVersions),
    nodes: nodes.length,
    passing: nodes.filter((node) => !fails(node)).length,
    unchecked: nodes.filter(isUnchecked).length,
    endpoints: endpoints.size,
    topics: topicsOf(services),
  };
}

const byVersion = new Intl.Collator("en", { numeric: true }).compare;

function topicsOf(services: readonly Service[]): readonly string[] {
  const subscribers = services.flatMap(({ endpoints }) =>
    endpoints.filter(({ metadata }) => metadata.subscriber === "true"),
  );
  return [...new Set(subscribers.flatMap(({ metadata }) => metadata.topic ?? []))].sort().slice(0, maxTopics);
}

/** The apps that the proxy can reach: services of the namespace whose last part is alphanumeric. */
export function appsOf(
  summaries: readonly ServiceSummary[],
  namespace: string,
  origin: string,
): readonly App[] {
  return summaries.flatMap(({ name, passing }) => {
    const app = appOf(name, namespace);
    return app === undefined ? [] : [{ name: app, service: name, url: `${origin}/${app}`, passing }];
  });
}

function appOf(service: string, namespace: string): string | undefined {
  if (!service.startsWith(`${namespace}.`)) return undefined;
  const app = service.slice(namespace.length + 1);
  return isAppName(app) ? app : undefined;
}

/** True for a valid app name. Source: the path rule of the original's proxy. */
export function isAppName(text: string): boolean {
  return /^[a-zA-Z0-9]{1,200}$/.test(text);
}
