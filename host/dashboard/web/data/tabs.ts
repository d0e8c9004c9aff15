import type { HiveEvent } from '../../../../protocol/schemas/event.ts';

/** What the tabs of one browser tell each other. Every tab is a build of the same page: CHANNEL names its form. */
export type TabMessage =
  /** A follower asks for what came after `after`. */
  | { readonly is: 'join'; readonly from: string; readonly after: number }
  /** The leader's answer to one tab; `lost` when it does not have all of it any more and is at `seen`. */
  | { readonly is: 'joined'; readonly to: string; readonly events: readonly HiveEvent[]; readonly live: boolean }
  | { readonly is: 'lost'; readonly to: string; readonly seen: number; readonly live: boolean }
  /** There is a new leader: everybody joins again. */
  | { readonly is: 'leading' }
  | { readonly is: 'event'; readonly event: HiveEvent }
  /** How the leader's stream stands. */
  | { readonly is: 'state'; readonly live: boolean }
  /** The leader gave up replaying and went on at `seen`: what is shown must be asked for again. */
  | { readonly is: 'reset'; readonly seen: number };

/** One tab's part in the election. */
export interface TabLink {
  /** Names this tab among the others. */
  readonly id: string;
  post(message: TabMessage): void;
  /** Leaves; if this tab led, another one leads now. */
  leave(): void;
}

/** The name holds the form of the messages: change it with them, so that an old tab and a new one do not talk. */
const CHANNEL = 'hive-events-1';

/**
 * Elects one of the browser's tabs: `onLead` is called when this one holds the lock, at once or when the tab that
 * led is closed. The browser gives the lock on when a tab closes or crashes, and freezes no tab that holds it.
 * Where there are no Web Locks (plain HTTP other than on the loopback) each tab leads for itself and hears nobody.
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
  // Left before it was its turn.
  holding.catch(() => {});
  return {
    id,
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no other origin than ours
    post: (message) => channel.postMessage(message),
    leave() {
      waiting.abort();
      channel.close();
    },
  };
}
