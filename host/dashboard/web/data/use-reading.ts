import { useCallback, useEffect, useRef, useState } from 'react';
import { useSearch } from 'wouter';
import type { AgentName } from '../../../../protocol/names.ts';
import { callHive } from './api.ts';
import { readPlace, type TranscriptPlace } from './transcript-place.ts';
import { useTranscript } from './transcript-query.ts';

/** Where a reader went to in a transcript; a new object for each time. */
export interface Target {
  readonly seq: number;
  /** The row is put at the top of the view, as for the beginning of a turn, and not into its middle. */
  readonly atTop: boolean;
}

/**
 * An agent's transcript and the place in it that the reader, or the address, asked for. A place that is not loaded is
 * looked up, and the part of the log around it is loaded instead of what was there.
 */
export function useReading(agent: AgentName) {
  const transcript = useTranscript(agent);
  const { data: window, openAt, held } = transcript;
  const [target, setTarget] = useState<Target | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const asked = useAddress();

  const goOne = useOneAtATime(setProblem);
  const goTo = useCallback(
    (place: TranscriptPlace) =>
      goOne(async () => {
        const seq = await locate(agent, place);
        if (held()?.holds(seq) !== true) await openAt(seq);
        setTarget({ seq, atTop: place.is !== 'event' });
      }),
    [agent, held, openAt, goOne],
  );

  const goToNewest = useCallback(
    () =>
      goOne(async () => {
        if (held()?.isNewest() !== true) await openAt('newest');
        setTarget(null);
      }),
    [held, openAt, goOne],
  );

  // The address is followed when it names another place, not whenever the transcript has grown.
  const followed = useRef<string | null>(null);
  const [hasArrived, setArrived] = useState(false);
  useEffect(() => {
    if (window === undefined || asked.place === null || followed.current === asked.text) return;
    followed.current = asked.text;
    void goTo(asked.place).finally(() => setArrived(true));
  }, [window, asked, goTo]);
  const isComing = asked.place !== null && !hasArrived;

  return { ...transcript, target, problem, goTo, goToNewest, isComing };
}

/**
 * Runs one after the other, and of those that wait only the newest: whoever steps through places quickly arrives at the
 * last of them. An error is a problem.
 */
function useOneAtATime(setProblem: (problem: string | null) => void) {
  const newest = useRef(0);
  const running = useRef(Promise.resolve());
  return useCallback(
    (go: () => Promise<void>): Promise<void> => {
      const mine = (newest.current += 1);
      const before = running.current;
      const run = async () => {
        await before;
        if (mine !== newest.current) return;
        setProblem(null);
        try {
          await go();
        } catch (error) {
          setProblem(error instanceof Error ? error.message : String(error));
        }
      };
      running.current = run();
      return running.current;
    },
    [setProblem],
  );
}

async function locate(name: AgentName, place: TranscriptPlace): Promise<number> {
  if (place.is === 'event') return place.seq;
  const input = place.is === 'turn' ? { name, turn: place.turn } : { name, message: place.message };
  return (await callHive('findInTranscript', input)).seq;
}

/** The place that the page's address names, now and after each change. */
function useAddress(): { text: string; place: TranscriptPlace | null } {
  const search = useSearch();
  const [hash, setHash] = useState(() => location.hash);
  useEffect(() => {
    const onChange = () => setHash(location.hash);
    addEventListener('hashchange', onChange);
    return () => removeEventListener('hashchange', onChange);
  }, []);
  return { text: `${search}${hash}`, place: readPlace(search, hash) };
}
