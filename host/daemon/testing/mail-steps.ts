import { expect } from 'vitest';
import type { AgentName } from '../../../protocol/names.ts';
import { fireDueWork } from '../core/due-work.ts';
import type { SendRequest } from '../modules/mail/serve-mail.ts';
import type { TestHive } from './open-test-hive.ts';

/** The agents of a test hive, unless it is opened with others. */
export const [manager, scout, coder] = ['manager', 'scout', 'coder'] as AgentName[] as [
  AgentName,
  AgentName,
  AgentName,
];

/** Steps of tests about mail, each in the currently open hive. */
export function mailSteps(hive: () => TestHive) {
  const say = (from: AgentName | 'operator', to: string, more: Partial<SendRequest> = {}) =>
    hive().broker.send(from, { body: 'hello', ...more, to: to as SendRequest['to'] });
  const heard = (kind: string) =>
    hive()
      .heard.filter((event) => event.kind === kind)
      .map((event) => event.data);

  return {
    say,
    /** The data of the events of one kind, in their order. */
    heard,
    /** Scout and coder thank each other until loop damping pauses the pair; returns the send result of the held message. */
    async loopUntilPaused(more: Partial<SendRequest> = {}) {
      let [from, to] = [scout, coder];
      for (let n = 0; n < 40; n += 1) {
        const sent = await say(from, to, { body: 'Thank you so much!', ...more });
        if (heard('thread.paused').length > 0) {
          const [paused] = heard('thread.paused') as { thread: number; question: number }[];
          return { held: sent.id, from, to, ...paused! };
        }
        [from, to] = [to, from];
      }
      throw new Error('the talk was never paused');
    },
    /** Does the work that is due by now. */
    sweep: () => fireDueWork({ ...hive(), onError: (error) => expect.unreachable(String(error)) }),
    /** Takes an agent's waiting mail in a turn that succeeds at once. */
    async mailOf(name: string) {
      const harness = await hive().boot(name);
      const turn = await harness.wake();
      if (turn !== null) await harness.finish(turn, 'done');
      return turn?.deliveries ?? [];
    },
  };
}
