import type Docker from 'dockerode';
import type { Readable } from 'node:stream';
import * as z from 'zod';
import { HiveError } from '../../../../protocol/errors.ts';
import { readLines } from '../../../../system/text/read-lines.ts';
import { shorten } from '../../../../system/text/cut-text.ts';
import type { BoxOwner } from '../runtime.ts';
import type { BoxKind } from './box-kinds.ts';
import { LABELS } from './box-options.ts';
import { translateEngineError } from './engine-call.ts';

/** The events of a box: it started, it ended, it was removed. */
const CHANGES = ['start', 'die', 'destroy'];

/** The limit of one event, which carries all labels of a box; none is nearly as long. */
const EVENT_BYTES = 256 * 1024;

const boxEvent = z.object({ Actor: z.object({ Attributes: z.unknown() }) });

export interface EventWatcher<O extends BoxOwner> {
  readonly hiveId: string;
  readonly kind: BoxKind<O>;
  readonly onChange: (owner: O) => void;
  readonly onLost: (reason: string) => void;
  readonly log: (line: string) => void;
}

/**
 * Follows the engine's events about this hive's boxes of one kind until the signal fires or the stream breaks; only the latter is
 * reported, once, through `onLost`. A stream that could not be opened counts as broken.
 */
export function watchEvents<O extends BoxOwner>(docker: Docker, watcher: EventWatcher<O>, signal: AbortSignal): void {
  let lost = false;
  const lose = (reason: string) => {
    if (lost || signal.aborted) return;
    lost = true;
    watcher.onLost(reason);
  };
  void openEvents(docker, [`${LABELS.hive}=${watcher.hiveId}`, watcher.kind.label], signal).then((events) => {
    if (events instanceof HiveError) return lose(events.message);
    // There may be several: an aborted stream fails once for the signal and once for its socket.
    events.on('error', (error: Error) => lose(error.message));
    events.once('close', () => lose("the engine's event stream ended"));
    return readLines(events, { maxBytes: EVENT_BYTES, onLong: 'split', onLine: (line) => readEvent(line, watcher) });
  });
}

async function openEvents(
  docker: Docker,
  label: readonly string[],
  abortSignal: AbortSignal,
): Promise<Readable | HiveError> {
  const filters = { type: ['container'], event: CHANGES, label: [...label] };
  try {
    // The library accepts abortSignal, but its types lack it.
    const options = { filters, abortSignal } as Docker.GetEventsOptions;
    return (await docker.getEvents(options)) as Readable;
  } catch (error) {
    return translateEngineError(error, 0);
  }
}

function readEvent<O extends BoxOwner>(line: string, { kind, onChange, log }: EventWatcher<O>): void {
  if (line.trim() === '') return;
  let event;
  try {
    event = boxEvent.safeParse(JSON.parse(line));
  } catch {
    event = null;
  }
  const owner = event?.success === true ? kind.readOwner(event.data.Actor.Attributes) : null;
  if (owner !== null) onChange(owner);
  else log(`engine: an event that does not fit was ignored: ${shorten(line, 200)}`);
}
