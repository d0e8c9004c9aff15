import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react';
import { useFleet } from '../data/queries.ts';
import { createLive, type Live, type LiveState } from '../data/live.ts';

const LiveContext = createContext<Live | null>(null);
const CONNECTING: LiveState = { is: 'connecting' };
const noSubscription = () => () => {};

/**
 * Keeps the page's only event stream open. It starts at the `lastSeq` of the first fleet list: all other queries are
 * sent later, so no event is lost between a query and the stream.
 */
export function LiveProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const fleet = useFleet();
  const [live] = useState(() => createLive(queries));
  const [begin, setBegin] = useState<number>();
  if (begin === undefined && fleet.data !== undefined) setBegin(fleet.data.lastSeq);
  useEffect(() => (begin === undefined ? undefined : live.start(begin)), [live, begin]);
  return <LiveContext value={live}>{children}</LiveContext>;
}

/** The state of the event stream. */
export function useLiveState(): LiveState {
  const live = useContext(LiveContext);
  return useSyncExternalStore(live?.subscribe ?? noSubscription, () => live?.state() ?? CONNECTING);
}
