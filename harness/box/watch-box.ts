import { decideShortage, type Shortage } from './decide-shortage.ts';
import { clearTmp, endLeftovers } from './end-leftovers.ts';
import { readSupplies, type Supplies } from './read-supplies.ts';

/** Detects shortages of the box in a turn, which the CLI itself cannot report. */
export interface BoxWatch {
  /** A turn begins: shortages from now on count as its own. */
  begin(): Promise<void>;
  /** The shortage since `begin`, if it explains that the turn failed with these words; otherwise null. */
  shortage(words: string): Promise<Shortage | null>;
  /** Frees resources for the next turn. Resolves with a text for the agent: the shortage, and what was freed. */
  makeRoom(shortage: Shortage): Promise<string>;
}

/** Watches the box that this process runs in. Never throws. */
export function watchBox(): BoxWatch {
  let before: Supplies | null = null;
  return {
    async begin() {
      before = await readSupplies();
    },
    shortage: async (words) => (before === null ? null : decideShortage(before, await readSupplies(), words)),
    async makeRoom(shortage) {
      if (shortage.endProcesses) await endLeftovers();
      if (shortage.clearTmp) await clearTmp();
      return sayRoomMade(shortage);
    },
  };
}

/** The text at the beginning of the agent's next turn. */
export function sayRoomMade({ reason, clearTmp: cleared, endProcesses }: Shortage): string {
  const done = [
    ...(endProcesses ? ['the processes that your commands had left running were ended'] : []),
    ...(cleared ? ['/tmp was emptied'] : []),
  ];
  const room = done.length === 0 ? '' : ` ${capitalize(done.join(' and '))}.`;
  return `(Your last turn broke off because your box was short: ${reason}.${room} Need less at a time, or ask for higher limits.)`;
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
