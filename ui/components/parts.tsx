import type { ComponentChildren } from "preact";
import { splitName } from "../format.js";
import { link } from "../router.js";
import type { Health } from "../services.js";
import { Command } from "./copy.js";

/** The top of a page: its title, what it is about in a line, and acts at the right. */
export function PageHead(props: {
  title: ComponentChildren;
  about?: ComponentChildren;
  children?: ComponentChildren;
}) {
  return (
    <header class="page-head">
      <div>
        <h1>{props.title}</h1>
        {props.about !== undefined && <p class="about">{props.about}</p>}
      </div>
      {props.children !== undefined && <div class="acts">{props.children}</div>}
    </header>
  );
}

/** What stands where nothing is yet, and what to do about it. */
export function Empty({
  title,
  children,
  command,
}: {
  title: string;
  children?: ComponentChildren;
  command?: string;
}) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children !== undefined && <p>{children}</p>}
      {command !== undefined && <Command text={command} />}
    </div>
  );
}

export function Failure({ error, what }: { error: Error; what: string }) {
  return (
    <div class="failure" role="alert">
      <strong>{what}</strong>
      <span>{error.message}</span>
    </div>
  );
}

/** Grey lines in the place of what is on its way. */
export function Loading({ lines = 5 }: { lines?: number }) {
  return (
    <div class="loading" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, index) => (
        <div class="bone" key={index} />
      ))}
    </div>
  );
}

/** A service's name, its namespace in the background. */
export function ServiceName({ name }: { name: string }) {
  const [prefix, label] = splitName(name);
  return (
    <span class="service-name" title={name}>
      <bdi>
        <span class="prefix">{prefix}</span>
        <b>{label}</b>
      </bdi>
    </span>
  );
}

export function ServiceLink({ name }: { name: string }) {
  return (
    <a class="service-link" href={link("/registry", { service: name })}>
      <ServiceName name={name} />
    </a>
  );
}

const words: Readonly<Record<Health, string>> = {
  ok: "Healthy",
  partly: "Degraded",
  down: "Down",
  unchecked: "Unchecked",
  none: "No nodes",
};

/** The shape says it too, for those who do not see the colour. */
export function HealthMark({ health, text }: { health: Health; text?: string }) {
  return (
    <span class={`health ${health}`}>
      <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
        {health === "ok" && <circle cx="6" cy="6" r="4" />}
        {health === "partly" && <path d="M6 1.500 11 10.500H1z" />}
        {health === "down" && <path d="M2 2h8v8H2z" />}
        {(health === "none" || health === "unchecked") && <circle cx="6" cy="6" r="3.500" class="ring" />}
      </svg>
      <span>{text ?? words[health]}</span>
    </span>
  );
}

/** Strings by name as small labels. */
export function Tags({ values }: { values: Readonly<Record<string, string>> }) {
  const entries = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return null;
  return (
    <ul class="tags">
      {entries.map(([name, value]) => (
        <li key={name} title={`${name}=${value}`}>
          <span class="prefix">{name}=</span>
          {value}
        </li>
      ))}
    </ul>
  );
}
