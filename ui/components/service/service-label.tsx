import { splitName } from "../../format.js";
import { link } from "../../router.js";
import type { Health } from "../../services.js";

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
