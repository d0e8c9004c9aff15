import { DRIVERS } from '../../../../protocol/drivers/drivers.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import type { AgentSpec } from '../../../../protocol/schemas/agent.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';
import { refuseStart, type Room, type StartRefusal } from './policy/admit-start.ts';

/** A CLI that takes longer than this to start (milliseconds) no longer keeps others waiting. */
const LONGEST_START_MS = 60_000;
/** A harness asks again at least this often (milliseconds); of one that does not, nothing is known any more. */
const LONGEST_SILENCE_MS = 75_000;
/** The time that a harness has to take what it was called for (milliseconds). */
const LONGEST_ANSWER_MS = 5_000;
/** The time after which the memory of a CLI that was let go is free (milliseconds). */
const LET_GO_EVERY_MS = 1_000;

const SHORT = 'Memory is short on this machine.';

/**
 * Decides when a turn may start its agent's CLI: as many at once as processor and memory carry, those with the most
 * urgent mail first. Turns of a CLI that runs already are not asked about. All of it is memory: after a restart of hived
 * the harnesses ask again.
 */
export interface Starts {
  /**
   * Null when the agent's CLI may be started now, until `over`; otherwise the reason in words, and the agent is notified
   * when it is its turn. `order` is the place of its next message among all waiting mail; the smallest goes first.
   */
  ask(name: AgentName, of: { driver: AgentSpec['driver']; order: number }): string | null;
  /** Its CLI was started, or its turn is over. */
  over(name: AgentName): void;
  /** Its harness has started: no CLI runs, and nothing that was decided about one holds any more. */
  anew(name: AgentName): void;
  /** Its harness waits for a turn. `warm`: with a running CLI, which can be let go for others. */
  rests(name: AgentName, cli: { warm: boolean }): void;
  /** It has no mail for which its CLI would be started. */
  forgo(name: AgentName): void;
  /** Why its CLI is to be let go; null: it may stay. Answers once. */
  takeLetGo(name: AgentName): string | null;
  /** Once a second: gives up on harnesses that do not answer, and looks for freed memory. */
  tidy(): Promise<void>;
}

export interface StartsDeps {
  memory: AgentMemory;
  /** Monotonic, in milliseconds. */
  now: () => number;
  room: () => Room;
  /** Running turns of all agents. */
  countTurns: () => number;
  notify: (name: string) => void;
}

interface Waiting {
  readonly order: number;
  readonly bytes: number;
  readonly askedAt: number;
  /** When it was told to ask again; null: not since it asked. */
  readonly calledAt: number | null;
}

export function createStarts({ memory, now, room, countTurns, notify }: StartsDeps): Starts {
  const starting = memory.keep<{ bytes: number; since: number }, AgentName>('CLI that is starting');
  const waiting = memory.keep<Waiting, AgentName>('CLI that waits for its start');
  /** Since when a warm CLI has had nothing to do. */
  const resting = memory.keep<number, AgentName>('CLI without a turn');
  const letGo = memory.keep<string, AgentName>('CLI to be let go');
  let lastLetGoAt = -Infinity;

  const inOrder = () => [...waiting].toSorted(([, a], [, b]) => a.order - b.order);

  /** CLIs that wait for more urgent mail count as if they were starting: nobody takes the room that they wait for. */
  function refuse(name: AgentName, own: Waiting): StartRefusal | null {
    const queue = inOrder().filter(([, one]) => one.order < own.order);
    const before = [...starting.values(), ...queue.filter(([other]) => other !== name).map(([, one]) => one)];
    return refuseStart(room(), { bytes: own.bytes, before, mayWait: countTurns() + resting.size > 0 });
  }

  function callNext(): void {
    const free = Math.max(0, room().slots - starting.size);
    for (const [name, one] of inOrder().slice(0, free)) {
      waiting.set(name, { ...one, calledAt: one.calledAt ?? now() });
      notify(name);
    }
  }

  /** The CLI that has had nothing to do for the longest is let go. */
  function letOneGo(): void {
    if (now() - lastLetGoAt < LET_GO_EVERY_MS) return;
    const [longest] = [...resting].toSorted(([, a], [, b]) => a - b);
    if (longest === undefined) return;
    const [name] = longest;
    lastLetGoAt = now();
    resting.delete(name);
    letGo.set(name, SHORT);
    notify(name);
  }

  function say(why: StartRefusal): string {
    if (why === 'memory') return 'its CLI starts as soon as memory is free';
    return `its CLI starts after others: ${starting.size} are starting`;
  }

  return {
    ask(name, { driver, order }) {
      if (starting.has(name)) return null;
      const own = { order, bytes: DRIVERS[driver].memoryMb * 1024 * 1024, askedAt: now(), calledAt: null };
      const why = refuse(name, own);
      if (why === null) {
        waiting.delete(name);
        starting.set(name, { bytes: own.bytes, since: now() });
        return null;
      }
      waiting.set(name, own);
      if (why === 'memory') letOneGo();
      return say(why);
    },
    over(name) {
      if (starting.delete(name)) callNext();
    },
    anew(name) {
      for (const map of [waiting, resting, letGo]) map.delete(name);
      if (starting.delete(name)) callNext();
    },
    rests(name, { warm }) {
      if (!warm) resting.delete(name);
      else if (!resting.has(name)) resting.set(name, now());
    },
    forgo: (name) => void waiting.delete(name),
    takeLetGo(name) {
      const why = letGo.get(name) ?? null;
      letGo.delete(name);
      return why;
    },
    async tidy() {
      for (const [name, { since }] of starting) if (now() - since > LONGEST_START_MS) starting.delete(name);
      for (const [name, { askedAt, calledAt }] of waiting)
        if (now() - askedAt > LONGEST_SILENCE_MS || (calledAt !== null && now() - calledAt > LONGEST_ANSWER_MS))
          waiting.delete(name);
      if (waiting.size > 0) callNext();
    },
  };
}
