import { ActionIcon, Loader, TextInput } from '@mantine/core';
import { useDebouncedValue, useHotkeys } from '@mantine/hooks';
import { IconChevronDown, IconChevronUp, IconSearch, IconX } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import type { AgentName } from '../../../../protocol/names.ts';
import { readTypedPlace, type TranscriptPlace } from '../data/transcript-place.ts';
import { useTranscriptSearch } from '../data/transcript-search.ts';
import classes from './transcript-bar.module.css';

const PAUSE_MS = 250;

/**
 * Finds places in a transcript: words, a message (`#108`) or a turn (`turn 12`). Enter goes to the next older place,
 * Shift+Enter back; "/" puts the cursor here, Escape ends it.
 */
export function TranscriptBar({
  agent,
  turn,
  problem,
  onGo,
  onMark,
}: {
  agent: AgentName;
  /** The turn at the top of the view. */
  turn: number | null;
  problem: string | null;
  onGo: (place: TranscriptPlace) => void;
  /** Tells the words to be marked, and the event that they were found in. */
  onMark: (words: string, seq: number | null) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [settled] = useDebouncedValue(text.trim(), PAUSE_MS);
  const place = readTypedPlace(text);
  const query = place === null && readTypedPlace(settled) === null ? settled : '';
  const search = useTranscriptSearch(agent, query);
  const hits = search.data ?? [];
  const [at, setAt] = useState<{ query: string; index: number } | null>(null);
  const index = at?.query === query ? at.index : null;
  useHotkeys([['/', () => input.current?.focus()]]);

  function goToHit(to: number): void {
    const hit = hits[to];
    if (hit === undefined) return;
    setAt({ query, index: to });
    onMark(query, hit.seq);
    onGo({ is: 'event', seq: hit.seq });
  }

  // Further places are asked for before the last known one is reached, and while none is known.
  const { hasNextPage, isFetching, fetchNextPage } = search;
  const isShort = hits.length === 0 || (index ?? 0) > hits.length - 5;
  useEffect(() => {
    if (query !== '' && hasNextPage && !isFetching && isShort) void fetchNextPage();
  }, [query, hasNextPage, isFetching, isShort, fetchNextPage]);

  function end(): void {
    setText('');
    setAt(null);
    onMark('', null);
  }

  function onKey(event: React.KeyboardEvent): void {
    if (event.key === 'Escape') {
      end();
      input.current?.blur();
    }
    if (event.key !== 'Enter') return;
    event.preventDefault();
    if (place !== null) onGo(place);
    else goToHit(index === null ? 0 : event.shiftKey ? index - 1 : index + 1);
  }

  return (
    <search className={classes.bar} aria-label="Transcript">
      <TextInput
        ref={input}
        className={classes.field ?? ''}
        size="xs"
        aria-label="Search the transcript"
        placeholder="Search, #108 or turn 12"
        leftSection={<IconSearch size={14} />}
        rightSection={
          text === '' ? null : (
            <ActionIcon variant="subtle" color="gray" size="sm" aria-label="End the search" onClick={end}>
              <IconX size={14} />
            </ActionIcon>
          )
        }
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKey}
      />
      {query !== '' && (
        <>
          <output className={classes.count}>
            {sayCount({ found: hits.length, more: hasNextPage, index, isBusy: search.isFetching })}
          </output>
          {search.isFetching && hits.length === 0 && <Loader size={12} aria-hidden />}
          <ActionIcon.Group>
            <Step label="Next place, further back" to={index === null ? 0 : index + 1} hits={hits.length} go={goToHit}>
              <IconChevronUp size={15} />
            </Step>
            <Step label="Place before" to={index === null ? -1 : index - 1} hits={hits.length} go={goToHit}>
              <IconChevronDown size={15} />
            </Step>
          </ActionIcon.Group>
        </>
      )}
      {query === '' && place !== null && <span className={classes.count}>Enter goes there</span>}
      {problem !== null && (
        <span className={classes.problem} role="alert">
          {problem}
        </span>
      )}
      {query === '' && turn !== null && (
        <span className={classes.turn}>
          <a href={`#turn-${turn}`} className="quiet-link" onClick={() => onGo({ is: 'turn', turn })}>
            Turn {turn}
          </a>
        </span>
      )}
    </search>
  );
}

function Step({
  label,
  to,
  hits,
  go,
  children,
}: {
  label: string;
  to: number;
  hits: number;
  go: (to: number) => void;
  children: React.ReactNode;
}) {
  return (
    <ActionIcon variant="default" size="md" aria-label={label} disabled={to < 0 || to >= hits} onClick={() => go(to)}>
      {children}
    </ActionIcon>
  );
}

function sayCount(found: { found: number; more: boolean; index: number | null; isBusy: boolean }): string {
  if (found.found === 0) return found.isBusy || found.more ? 'Searching…' : 'Nothing found';
  const all = `${found.found}${found.more ? '+' : ''}`;
  return found.index === null ? `${all} found` : `${found.index + 1} of ${all}`;
}
