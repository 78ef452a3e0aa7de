import { useEffect, useState } from "preact/hooks";

/** A value that components follow. */
export interface Store<State> {
  get(): State;
  set(next: State): void;
  update(change: (state: State) => State): void;
  subscribe(listener: () => void): () => void;
}

export function createStore<State>(initial: State): Store<State> {
  let state = initial;
  const listeners = new Set<() => void>();
  const set = (next: State) => {
    if (Object.is(next, state)) return;
    state = next;
    for (const listener of listeners) listener();
  };
  return {
    get: () => state,
    set,
    update: (change) => set(change(state)),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** What `pick` takes of the store; the component renders again when that changes. */
export function useStore<State, Part>(store: Store<State>, pick: (state: State) => Part): Part {
  const [part, setPart] = useState(() => pick(store.get()));
  useEffect(() => {
    const read = () => setPart(() => pick(store.get()));
    read();
    return store.subscribe(read);
  }, [store, pick]);
  return part;
}
