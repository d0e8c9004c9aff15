import { decideShortage, type Shortage } from './decide-shortage.ts';
import { clearTmp, endLeftovers } from './end-leftovers.ts';
import { readSupplies, type Supplies } from './read-supplies.ts';

/** What a turn's end is judged with, beside the CLI's word: what the box lacked. */
export interface BoxWatch {
  /** A turn begins: what is short from now on counts as its own. */
  begin(): Promise<void>;
  /** What the box lacked since `begin`, if that explains that the turn failed with these words; null when nothing. */
  shortage(words: string): Promise<Shortage | null>;
  /** Makes room for the next turn. Resolves with words for the agent: what was short and what was done. */
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

/** What an agent is told at the beginning of its next turn. */
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
