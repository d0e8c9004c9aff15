import type Docker from 'dockerode';
import type { Readable } from 'node:stream';
import * as z from 'zod';
import { HiveError } from '../../../../protocol/errors.ts';
import { type AgentName, agentName } from '../../../../protocol/names.ts';
import { readLines } from '../../../../system/text/read-lines.ts';
import { shorten } from '../../../../system/text/cut-text.ts';
import { LABELS } from './box-options.ts';
import { translateEngineError } from './engine-call.ts';

/** The events of a box: it started, it ended, it was removed. */
const CHANGES = ['start', 'die', 'destroy'];

/** The limit of one event, which carries all labels of a box; none is nearly as long. */
const EVENT_BYTES = 256 * 1024;

const boxEvent = z.object({ Actor: z.object({ Attributes: z.object({ [LABELS.agent]: agentName }) }) });

export interface EventWatcher {
  readonly hiveId: string;
  readonly onChange: (agent: AgentName) => void;
  readonly onLost: (reason: string) => void;
  readonly log: (line: string) => void;
}

/**
 * Follows the engine's events about this hive's boxes until the signal fires or the stream breaks; only the latter is
 * reported, once, through `onLost`. A stream that could not be opened counts as broken.
 */
export function watchEvents(docker: Docker, watcher: EventWatcher, signal: AbortSignal): void {
  let lost = false;
  const lose = (reason: string) => {
    if (lost || signal.aborted) return;
    lost = true;
    watcher.onLost(reason);
  };
  void openEvents(docker, watcher.hiveId, signal).then((events) => {
    if (events instanceof HiveError) return lose(events.message);
    // There may be several: an aborted stream fails once for the signal and once for its socket.
    events.on('error', (error: Error) => lose(error.message));
    events.once('close', () => lose("the engine's event stream ended"));
    return readLines(events, { maxBytes: EVENT_BYTES, onLong: 'split', onLine: (line) => readEvent(line, watcher) });
  });
}

async function openEvents(docker: Docker, hiveId: string, abortSignal: AbortSignal): Promise<Readable | HiveError> {
  const filters = { type: ['container'], event: CHANGES, label: [`${LABELS.hive}=${hiveId}`] };
  try {
    // The library accepts abortSignal, but its types lack it.
    const options = { filters, abortSignal } as Docker.GetEventsOptions;
    return (await docker.getEvents(options)) as Readable;
  } catch (error) {
    return translateEngineError(error, 0);
  }
}

function readEvent(line: string, { onChange, log }: EventWatcher): void {
  if (line.trim() === '') return;
  let event;
  try {
    event = boxEvent.safeParse(JSON.parse(line));
  } catch {
    event = null;
  }
  if (event?.success === true) onChange(event.data.Actor.Attributes[LABELS.agent]);
  else log(`engine: an event that does not fit was ignored: ${shorten(line, 200)}`);
}
