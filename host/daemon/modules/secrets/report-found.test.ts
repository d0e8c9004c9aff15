import { expect, onTestFinished, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { openTestHive } from '../../testing/open-test-hive.ts';
import { listMessages } from '../mail/store/messages.ts';
import { createFoundReports } from './report-found.ts';

const CODER = 'coder' as AgentName;

test('an agent that writes secrets again and again is reported once an hour for each of them', async () => {
  const hive = openTestHive();
  onTestFinished(() => hive.close());
  const errors: unknown[] = [];
  const report = createFoundReports({ ...hive, onError: (error) => errors.push(error) });
  const events = () =>
    hive.heard.filter(({ kind }) => kind === 'secret.found').map(({ agent, data }) => ({ agent, data }));
  const write = async (...names: string[]) => {
    report({ operation: 'send', names }, CODER);
    await hive.writer.write(() => undefined);
  };

  await write('DEPLOY');
  await write('DEPLOY', 'OTHER');
  await write('DEPLOY');
  const first = { agent: CODER, data: { names: ['DEPLOY'], operation: 'send' } };
  expect(events()).toEqual([first, { agent: CODER, data: { names: ['OTHER'], operation: 'send' } }]);
  hive.time.now += 60 * 60_000;
  await write('DEPLOY');
  expect(events()).toHaveLength(3);

  const notices = listMessages(hive.db, { of: 'operator', before: Number.MAX_SAFE_INTEGER, limit: 10 });
  expect(notices).toHaveLength(3);
  expect(notices.at(-1)?.body).toContain('coder wrote a secret');
  expect(errors).toEqual([]);
});
