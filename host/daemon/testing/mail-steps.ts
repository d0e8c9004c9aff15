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
  return {
    say: (from: AgentName | 'operator', to: string, more: Partial<SendRequest> = {}) =>
      hive().broker.send(from, { body: 'hello', ...more, to: to as SendRequest['to'] }),
    /** The data of the events of one kind, in their order. */
    heard: (kind: string) =>
      hive()
        .heard.filter((event) => event.kind === kind)
        .map((event) => event.data),
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
