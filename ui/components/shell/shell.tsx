import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Page } from "../../app.js";
import { helpOpen } from "../../keys.js";
import { type Live, live } from "../../live.js";
import { usePlace } from "../../router.js";
import { useStore } from "../../store.js";
import { type Theme, theme } from "../../theme.js";
import { Icon } from "../icon.js";
import { Session } from "./session.js";

interface ShellProps {
  readonly pages: readonly Page[];
  readonly current: Page | undefined;
  readonly children: ComponentChildren;
}

/** The menu beside the page; on a phone its first entries are at the bottom, the rest behind "More". */
export function Shell({ pages, current, children }: ShellProps) {
  const { path } = usePlace();
  const [more, setMore] = useState(false);
  useEffect(() => setMore(false), [path]);
  return (
    <div class="shell">
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header class={more ? "rail open" : "rail"}>
        <a class="brand" href="/">
          <Mark />
          <span>micro</span>
        </a>
        <nav aria-label="Pages">
          {pages.map((page) => (
            <a key={page.path} href={page.path} aria-current={page === current ? "page" : undefined}>
              <Icon name={page.icon} />
              <span>{page.title}</span>
            </a>
          ))}
          <button type="button" class="more" aria-expanded={more} onClick={() => setMore(!more)}>
            <Icon name={more ? "close" : "menu"} />
            <span>More</span>
          </button>
        </nav>
        <div class="rail-foot">
          <Connection />
          <div class="tools">
            <ThemeButton />
            <button type="button" class="tool" onClick={() => helpOpen.set(true)} title="Keys (?)">
              <Icon name="help" />
              <span class="sr">Keys</span>
            </button>
            <Session />
          </div>
        </div>
      </header>
      <div class="page">{children}</div>
    </div>
  );
}

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
      <path d="M6.500 17 12 7l5.500 10" />
      <circle cx="12" cy="6.500" r="2.800" />
      <circle cx="6" cy="17.500" r="2.800" />
      <circle cx="18" cy="17.500" r="2.800" />
    </svg>
  );
}

const pickPhase = (state: Live) => state.phase;
const pickRegistry = (state: Live) => state.registry;

function Connection() {
  const phase = useStore(live, pickPhase);
  const registry = useStore(live, pickRegistry);
  const [state, text] = said(phase, registry);
  return (
    <div class={`connection ${state}`} role="status">
      <span class="dot" aria-hidden="true" />
      <span>
        {text}
        {registry.name !== "" && <small>{registry.name}</small>}
      </span>
    </div>
  );
}

function said(phase: Live["phase"], registry: Live["registry"]): readonly [state: string, text: string] {
  if (phase === "loading") return ["wait", "Connecting…"];
  if (phase === "lost") return ["bad", "Reconnecting…"];
  return registry.staleSince === null ? ["good", "Live"] : ["bad", "Registry away"];
}

const next: Readonly<Record<Theme, Theme>> = { auto: "light", light: "dark", dark: "auto" };
const icons = { auto: "auto", light: "sun", dark: "moon" } as const;
const asIs = (state: Theme) => state;

function ThemeButton() {
  const chosen = useStore(theme, asIs);
  return (
    <button type="button" class="tool" onClick={() => theme.set(next[chosen])} title={`Theme: ${chosen}`}>
      <Icon name={icons[chosen]} />
      <span class="sr">Theme: {chosen}</span>
    </button>
  );
}
