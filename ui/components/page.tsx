import type { ComponentChildren } from "preact";
import type { Live } from "../live.js";
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

/** True until there is a first state to show. */
export function isUnloaded({ phase, registry }: Live): boolean {
  return phase === "loading" || !registry.loaded;
}

/** What stands for a page until then: it is on its way, or there is no registry to ask. */
export function Unloaded({ state, lines }: { state: Live; lines: number }) {
  if (state.registry.staleSince === null) return <Loading lines={lines} />;
  return (
    <>
      <PageHead title="No registry yet" about="Everything appears by itself as soon as one answers." />
      <Empty title={`The ${state.registry.name} registry does not answer`} command="micro agent">
        Start one: this is the embedded one, for one machine.
      </Empty>
    </>
  );
}
