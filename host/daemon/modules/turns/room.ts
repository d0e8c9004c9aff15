import { availableParallelism, freemem } from 'node:os';
import type { Config } from '../../config/schema.ts';
import { type Room, slotsOf } from './policy/admit-start.ts';

/** What this machine has for further CLIs now. */
export function roomOf(harness: Pick<Config['harness'], 'starts_at_once' | 'memory_reserve_mb'>): Room {
  return {
    slots: harness.starts_at_once === 0 ? slotsOf(availableParallelism()) : harness.starts_at_once,
    // On Linux with what the system can free at once (MemAvailable).
    freeBytes: harness.memory_reserve_mb === 0 ? Infinity : freemem(),
    reserveBytes: harness.memory_reserve_mb * 1024 * 1024,
  };
}
