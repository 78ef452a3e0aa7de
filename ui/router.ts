import { createStore, useStore } from "./store.js";

/** Where the browser is: the whole state that a link can carry. */
export interface Place {
  readonly path: string;
  readonly params: URLSearchParams;
}

const place = createStore(here());

function here(): Place {
  return { path: location.pathname, params: new URLSearchParams(location.search) };
}

export function usePlace(): Place {
  return useStore(place, (at) => at);
}

/** Goes to a page of the dashboard. */
export function go(url: string): void {
  history.pushState(null, "", url);
  place.set(here());
  scrollTo(0, 0);
}

/** Changes what the URL says about the page in view, in place; an empty value leaves it out. */
export function setParams(values: Readonly<Record<string, string>>): void {
  const params = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value === "") params.delete(name);
    else params.set(name, value);
  }
  const search = params.toString();
  history.replaceState(null, "", search === "" ? location.pathname : `${location.pathname}?${search}`);
  place.set(here());
}

/** A URL of the dashboard; empty values are left out. */
export function link(path: string, values: Readonly<Record<string, string>> = {}): string {
  const params = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== ""));
  const search = params.toString();
  return search === "" ? path : `${path}?${search}`;
}

/** Follows links between pages without loading anew; all other links are the browser's. */
export function followLinks(isPage: (path: string) => boolean): void {
  addEventListener("popstate", () => place.set(here()));
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const anchor = event.target instanceof Element ? event.target.closest("a") : null;
    const href = anchor?.getAttribute("href");
    if (!href || anchor?.hasAttribute("target")) return;
    const url = new URL(href, location.href);
    if (url.origin !== location.origin || !isPage(url.pathname) || href.startsWith("#")) return;
    event.preventDefault();
    go(url.pathname + url.search);
  });
}
