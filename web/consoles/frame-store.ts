export type FrameStore<State> = {
  get(): State;
  set(change: Partial<State>): void;
  subscribe(listener: () => void): () => void;
};

/** A state whose listeners are told at most once a frame: streams change it faster than it can be drawn. */
export function createFrameStore<State extends object>(initial: State): FrameStore<State> {
  let state = initial;
  let scheduled = false;
  const listeners = new Set<() => void>();
  return {
    get: () => state,
    set: (change) => {
      state = { ...state, ...change };
      if (scheduled) return;
      scheduled = true;
      // A hidden page has no frames.
      const soon = document.hidden ? setTimeout : requestAnimationFrame;
      soon(() => {
        scheduled = false;
        for (const listener of listeners) listener();
      });
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
