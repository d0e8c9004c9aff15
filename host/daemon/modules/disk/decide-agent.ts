import type { DiskLevel } from './decide-level.ts';

/** A measurement of one agent's files. Bytes are allocated blocks. */
export interface AgentDiskFacts {
  usedBytes: number;
  usedFiles: number;
  /** 0: none. */
  limitBytes: number;
  limitFiles: number;
  /** False when counting was cut short: there may be more. */
  whole: boolean;
  /** How long it has been measured over its limit since it was warned; null: it was not warned. */
  overMs: number | null;
  graceMs: number;
  level: DiskLevel;
  /** Its growth since the previous measurement, and the free bytes that the disk lost since then. */
  grewBytes: number;
  fellBytes: number;
  /** The least growth that can make an agent the cause of a full disk. */
  leastBytes: number;
}

export type AgentDiskVerdict =
  | { do: 'nothing' }
  /** Over its limit: notify it; its grace period begins. */
  | { do: 'warn' }
  /** Still over, and already notified. */
  | { do: 'wait' }
  | { do: 'stop'; because: 'limit' | 'growth' };

/**
 * Decides what to do about an agent's disk use. Over its limit it has a grace period, unless the disk is low already.
 * The agent that used most of the lost bytes while no new turn may begin is stopped whatever its limit.
 */
export function decideAgentDisk(facts: AgentDiskFacts): AgentDiskVerdict {
  const { usedBytes, usedFiles, limitBytes, limitFiles, overMs, graceMs, level } = facts;
  const isSeenOver = (limitBytes > 0 && usedBytes > limitBytes) || (limitFiles > 0 && usedFiles > limitFiles);
  // An agent that was over and cannot be counted in time now is not known to have freed anything.
  const over = isSeenOver || (!facts.whole && overMs !== null);
  const pressed = level === 'paused' || level === 'full';
  if (over && (level !== 'ok' || (overMs !== null && overMs >= graceMs))) return { do: 'stop', because: 'limit' };
  if (pressed && facts.grewBytes >= facts.leastBytes && facts.grewBytes * 2 >= facts.fellBytes)
    return { do: 'stop', because: 'growth' };
  if (!over) return { do: 'nothing' };
  return overMs === null ? { do: 'warn' } : { do: 'wait' };
}
