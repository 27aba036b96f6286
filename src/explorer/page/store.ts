import type { SweepIndex, SweepUpdate } from "../model.js";
import { formatView, parseView, type ViewState } from "../view/view-state.js";

/** What the page knows and shows. */
export interface PageState {
  readonly index: SweepIndex;
  readonly view: ViewState;
}

/** Holds the page's state, and calls its subscribers when it changes. */
export interface Store {
  state(): PageState;
  /** Changes the view and the address. A view that opens something new is a step of the browser's history. */
  setView(change: Partial<ViewState>): void;
  /** Takes over what changed in a watched sweep. */
  update(update: SweepUpdate): void;
  subscribe(listener: (state: PageState, before: PageState) => void): void;
}

/** Creates the store of an index, with the view that the address names. */
export function createStore(first: SweepIndex): Store {
  const fragment = () => location.hash.slice(1);
  let state: PageState = { index: first, view: parseView(fragment(), first) };
  const listeners: ((state: PageState, before: PageState) => void)[] = [];
  const set = (next: PageState) => {
    const before = state;
    state = next;
    for (const listener of listeners) {
      listener(state, before);
    }
  };
  // Links within the page are no views.
  const isView = () => fragment() === "" || fragment().includes("=");
  const onAddress = () => {
    if (isView()) {
      set({ ...state, view: parseView(fragment(), state.index) });
    }
  };
  addEventListener("popstate", onAddress);
  return {
    state: () => state,
    setView(change) {
      const view = { ...state.view, ...change };
      const url = `#${formatView(view)}`;
      if (change.open !== undefined && change.open.join() !== state.view.open.join()) {
        history.pushState(undefined, "", url);
      } else {
        history.replaceState(undefined, "", url);
      }
      set({ ...state, view });
    },
    update({ revision, runs, progress }) {
      const changed = new Map(runs.map((run) => [run.id, run]));
      const all = state.index.runs;
      const next = changed.size === 0 ? all : all.map((run) => changed.get(run.id) ?? run);
      set({ ...state, index: { ...state.index, revision, progress, runs: next } });
    },
    subscribe: (listener) => listeners.push(listener),
  };
}
