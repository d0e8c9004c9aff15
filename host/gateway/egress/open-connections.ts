import type { OpenConnectionView } from '../../../protocol/schemas/gateway.ts';

/** The connections to hosts outside that are open. */
export interface OpenConnections {
  /** Adds one; the returned function removes it. */
  add(view: () => OpenConnectionView): () => void;
  count(): number;
  /** The oldest `most` of them. */
  list(most: number): OpenConnectionView[];
}

export function createOpenConnections(): OpenConnections {
  /** In the order in which they were opened. */
  const open = new Set<() => OpenConnectionView>();
  return {
    add(view) {
      open.add(view);
      return () => void open.delete(view);
    },
    count: () => open.size,
    list: (most) => [...open].slice(0, most).map((view) => view()),
  };
}
