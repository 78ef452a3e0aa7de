import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import type { IconName } from "./components/icon.js";
import { Notice } from "./components/notice.js";
import { Help } from "./components/shell/help.js";
import { Shell } from "./components/shell/shell.js";
import { helpOpen } from "./keys.js";
import { EventsPage } from "./pages/events.js";
import { HomePage } from "./pages/home.js";
import { LoginPage } from "./pages/login.js";
import { MapPage } from "./pages/map.js";
import { QueryPage } from "./pages/query.js";
import { RegistryPage } from "./pages/registry.js";
import { StatsPage } from "./pages/stats.js";
import { TerminalPage } from "./pages/terminal.js";
import { TopicsPage } from "./pages/topics.js";
import { usePlace } from "./router.js";
import { useStore } from "./store.js";

export interface Page {
  readonly path: string;
  readonly title: string;
  readonly icon: IconName;
  /** The key after `g`. */
  readonly key: string;
  readonly view: ComponentType;
}

/** The pages, in the order of the menu. */
export const pages: readonly Page[] = [
  { path: "/", title: "Home", icon: "home", key: "h", view: HomePage },
  { path: "/registry", title: "Services", icon: "services", key: "s", view: RegistryPage },
  { path: "/query", title: "Query", icon: "query", key: "q", view: QueryPage },
  { path: "/topics", title: "Topics", icon: "topics", key: "t", view: TopicsPage },
  { path: "/events", title: "Events", icon: "events", key: "e", view: EventsPage },
  { path: "/map", title: "Map", icon: "map", key: "m", view: MapPage },
  { path: "/stats", title: "Stats", icon: "stats", key: "p", view: StatsPage },
  { path: "/cli", title: "Terminal", icon: "terminal", key: "c", view: TerminalPage },
];

const open = (state: boolean) => state;

export function App() {
  const { path, params } = usePlace();
  const help = useStore(helpOpen, open);
  const page = pages.find((candidate) => candidate.path === path);
  const subject = params.get("service");
  useEffect(() => {
    document.title = [subject, page?.title, "micro"].filter(Boolean).join(" · ");
  }, [subject, page]);
  if (path === "/login") return <LoginPage />;
  const View = page?.view ?? HomePage;
  return (
    <Shell pages={pages} current={page}>
      <Notice />
      <main id="main" tabIndex={-1}>
        <View />
      </main>
      {help && <Help pages={pages} />}
    </Shell>
  );
}
