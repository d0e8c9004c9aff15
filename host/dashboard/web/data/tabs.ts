import type { HiveEvent } from '../../../../protocol/schemas/event.ts';

/** The messages between the tabs of one browser. Tabs may run different builds of the page, so CHANNEL carries a version. */
export type TabMessage =
  /** A follower requests the events after `after`. */
  | { readonly is: 'join'; readonly from: string; readonly after: number }
  /** The leader's answer to one tab; `lost` when it no longer has all those events. The leader has seen events up to `seen`. */
  | { readonly is: 'joined'; readonly to: string; readonly events: readonly HiveEvent[]; readonly live: boolean }
  | { readonly is: 'lost'; readonly to: string; readonly seen: number; readonly live: boolean }
  /** Announces a new leader: every follower joins again. */
  | { readonly is: 'leading' }
  | { readonly is: 'event'; readonly event: HiveEvent }
  /** The state of the leader's stream. */
  | { readonly is: 'state'; readonly live: boolean }
  /** The leader skipped the missed events and continues at `seen`: every tab must refetch everything. */
  | { readonly is: 'reset'; readonly seen: number };

/** A tab's connection to the other tabs. */
export interface TabLink {
  /** The unique id of this tab. */
  readonly id: string;
  post(message: TabMessage): void;
  /** Disconnects. If this tab was the leader, another tab becomes the leader. */
  leave(): void;
}

/** The name carries the version of TabMessage: increase it when the messages change, so that tabs of different builds stay apart. */
const CHANNEL = 'hive-events-1';

/**
 * Elects one of the browser's tabs as leader: `on.lead` is called when this tab gets the lock, at once or after the leader
 * closed. The browser releases the lock when a tab closes or crashes, and never freezes a tab that holds it.
 * Without Web Locks (plain HTTP other than on the loopback) each tab is its own leader and receives no messages.
 */
export function joinTabs(on: { lead: () => void; message: (message: TabMessage) => void }): TabLink {
  const id = Math.random().toString(36).slice(2);
  const locks = (navigator as { locks?: LockManager }).locks;
  if (locks === undefined || typeof BroadcastChannel === 'undefined') {
    on.lead();
    return { id, post: () => {}, leave: () => {} };
  }
  const channel = new BroadcastChannel(CHANNEL);
  const waiting = new AbortController();
  channel.addEventListener('message', (message: MessageEvent<TabMessage>) => on.message(message.data));
  const holding = locks.request(CHANNEL, { signal: waiting.signal }, () => {
    if (waiting.signal.aborted) return undefined;
    on.lead();
    return new Promise<void>((resolve) => waiting.signal.addEventListener('abort', () => resolve(), { once: true }));
  });
  // Rejects when the tab disconnects while it waits for the lock.
  holding.catch(() => {});
  return {
    id,
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a BroadcastChannel has only our own origin
    post: (message) => channel.postMessage(message),
    leave() {
      waiting.abort();
      channel.close();
    },
  };
}
