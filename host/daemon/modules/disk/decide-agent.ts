import type { DiskLevel } from './decide-level.ts';

/** What is known of one agent's files when it was measured. Bytes are allocated blocks. */
export interface AgentDiskFacts {
  usedBytes: number;
  usedFiles: number;
  /** 0: none. */
  limitBytes: number;
  limitFiles: number;
  /** False when counting was broken off: there may be more. */
  whole: boolean;
  /** How long it has been over its limit since it was told, as far as that was measured; null: it was not told. */
  overMs: number | null;
  graceMs: number;
  level: DiskLevel;
  /** How much it grew since the measurement before, and how much less is free on the disk since then. */
  grewBytes: number;
  fellBytes: number;
  /** The least growth that can make an agent the cause of a full disk. */
  leastBytes: number;
}

export type AgentDiskVerdict =
  | { do: 'nothing' }
  /** Over its limit: it is told, and has the time of grace. */
  | { do: 'warn' }
  /** Still over, and told already. */
  | { do: 'wait' }
  | { do: 'stop'; because: 'limit' | 'growth' };

/**
 * What becomes of an agent for the room it takes. Over its limit it has a time of grace, unless the disk is low
 * already. Whoever took most of what the disk lost while no new turn may begin is stopped whatever its limit.
 */
export function decideAgentDisk(facts: AgentDiskFacts): AgentDiskVerdict {
  const { usedBytes, usedFiles, limitBytes, limitFiles, overMs, graceMs, level } = facts;
  const isSeenOver = (limitBytes > 0 && usedBytes > limitBytes) || (limitFiles > 0 && usedFiles > limitFiles);
  // Whoever was over and can now not be counted in time is not known to have freed anything.
  const over = isSeenOver || (!facts.whole && overMs !== null);
  const pressed = level === 'paused' || level === 'full';
  if (over && (level !== 'ok' || (overMs !== null && overMs >= graceMs))) return { do: 'stop', because: 'limit' };
  if (pressed && facts.grewBytes >= facts.leastBytes && facts.grewBytes * 2 >= facts.fellBytes)
    return { do: 'stop', because: 'growth' };
  if (!over) return { do: 'nothing' };
  return overMs === null ? { do: 'warn' } : { do: 'wait' };
}
