import type { Users } from '../../node/users.ts';
import { canWalkAs, type measureTree, type Walker } from './measure-tree.ts';

type How = Pick<Parameters<typeof measureTree>[1], 'walker' | 'opens'>;

/** The users that walk the files of each owner, and whether closed directories are opened for that. */
export interface Walkers {
  ofAgent(id: number): Promise<How>;
  ofShared(): Promise<How>;
  ofOthers(): Promise<How>;
  /** Reports why a measurement failed, once per reason. */
  sayTrouble(why: string): void;
}

/** A uid that owns nothing and that no other process runs as. */
const READER = 1;

/**
 * In a hive of several users one dedicated user walks all trees, with the right to read every directory. Where hived
 * lacks that right, an agent's files are walked as the agent, which may read them and open directories that it
 * closed; directories closed by others in /shared or elsewhere are not counted, which is reported. Without root there
 * is only one user.
 */
export function chooseWalkers(users: Users, say: { onTrouble: (error: Error) => void }): Walkers {
  let readsAll: Promise<boolean> | null = null;
  let said = '';

  const reader = (gid: number, mayReadAll: boolean): Walker => ({
    uid: users.sharedGroup + READER,
    gid: mayReadAll ? users.sharedGroup + READER : gid,
    readsAll: mayReadAll,
  });

  /** Checked once: a process does not regain rights. If the check itself cannot start, nothing is known yet. */
  function mayReadAll(): Promise<boolean> {
    readsAll ??= canWalkAs(reader(0, true)).then(
      (may) => {
        if (!may)
          sayTrouble('hived has no CAP_DAC_READ_SEARCH: closed directories in /shared and of services are not counted');
        return may;
      },
      (error: unknown) => {
        readsAll = null;
        throw error;
      },
    );
    return readsAll;
  }

  function sayTrouble(why: string): void {
    if (why === said) return;
    said = why;
    say.onTrouble(new Error(`files on the disk cannot be measured: ${why}`));
  }

  const OWN: How = { walker: null, opens: true };
  return {
    sayTrouble,
    async ofAgent(id) {
      if (!users.separate) return OWN;
      if (await mayReadAll()) return { walker: reader(0, true), opens: false };
      const uid = users.agent(id);
      return { walker: { uid, gid: uid, readsAll: false }, opens: true };
    },
    async ofShared() {
      return users.separate ? { walker: reader(users.sharedGroup, await mayReadAll()), opens: false } : OWN;
    },
    async ofOthers() {
      const own = { walker: null, opens: false };
      return users.separate ? { walker: reader(users.sharedGroup, await mayReadAll()), opens: false } : own;
    },
  };
}
