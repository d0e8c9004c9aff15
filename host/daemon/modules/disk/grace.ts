import type { AgentMemory } from '../../core/agent-memory.ts';

/**
 * The grace period of agents over their limit, kept as an account: it counts only while they are over, and an agent
 * that alternates below and above its limit gets neither a new period nor a new notice.
 *
 *   none ── over ──► notified ── below for a whole grace period ──► none
 */
export interface Grace {
  /** How long it has been over since it was notified, until `now`; null: not notified. Monotonic milliseconds. */
  overMs(name: string, now: number): number | null;
  over(name: string, now: number): void;
  under(name: string, now: number): void;
  forget(name: string): void;
}

interface Account {
  overMs: number;
  /** When it was measured last, and the result. */
  at: number;
  isOver: boolean;
  underSince: number | null;
}

export function createGrace(graceMs: number, memory: AgentMemory): Grace {
  const accounts = memory.keep<Account>('time of grace');

  function passed(account: Account, now: number): number {
    return account.overMs + (account.isOver ? now - account.at : 0);
  }

  return {
    overMs(name, now) {
      const account = accounts.get(name);
      return account === undefined ? null : passed(account, now);
    },
    over(name, now) {
      const account = accounts.get(name) ?? { overMs: 0, at: now, isOver: false, underSince: null };
      accounts.set(name, { overMs: passed(account, now), at: now, isOver: true, underSince: null });
    },
    under(name, now) {
      const account = accounts.get(name);
      if (account === undefined) return;
      const underSince = account.underSince ?? now;
      if (now - underSince >= graceMs) accounts.delete(name);
      else accounts.set(name, { overMs: passed(account, now), at: now, isOver: false, underSince });
    },
    forget: (name) => void accounts.delete(name),
  };
}
