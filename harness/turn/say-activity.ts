import { sayToolName } from '../../protocol/tool-names.ts';
import { shorten } from '../../system/text/cut-text.ts';
import type { Activity } from '../driver/driver.ts';

/** Shorter silences and tool runs are normal and not reported. */
const TOLD_FROM_MS = 60_000;

/**
 * What `hivectl ps` shows of a turn that seems stalled: by the minute, null when it has activity. `now` is in epoch
 * ms.
 */
export function sayActivity(activity: Activity | null, now: number): string | null {
  if (activity === null) return null;
  const { tool, quietSince } = activity;
  const since = tool?.since ?? quietSince;
  if (now - since < TOLD_FROM_MS) return null;
  const minutes = `${Math.floor((now - since) / 60_000)} min`;
  if (tool === null) return `silent for ${minutes}`;
  return `${shorten(sayToolName(tool.name), 100)} has been running for ${minutes}`;
}
