import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { setDesired } from '../agents/store/agents.ts';

let hive: TestHive;
beforeEach(() => {
  hive = openTestHive();
});
afterEach(() => hive.close());

const scout = 'scout' as AgentName;
const manager = 'manager' as AgentName;

describe('what a sender learns about recipients that will not read the message now', () => {
  const park = async (notBefore: number) => {
    const harness = await hive.boot('scout');
    await hive.broker.send('operator', { to: scout, body: 'first' });
    await harness.finish((await harness.wake())!, 'rate_limited', { notBefore });
    return harness;
  };

  test('stopped, parked and quiet are reported with the time and the hive’s own reason; a deduplicated send repeats nothing', async () => {
    const until = hive.time.now + 60_000;
    expect(await hive.broker.send(manager, { to: 'coder', body: 'a' })).not.toHaveProperty('waiting');
    await park(until);
    expect(await hive.broker.send(manager, { to: scout, body: 'b', key: 'k' })).toMatchObject({
      waiting: [{ name: 'scout', state: 'parked', until, reason: 'a usage limit of the model was reached' }],
    });
    expect(await hive.broker.send(manager, { to: scout, body: 'b', key: 'k' })).not.toHaveProperty('waiting');
    await hive.broker.setQuiet('coder' as AgentName, until, 'operator');
    await hive.writer.write((tx) => setDesired(tx.db, manager, 'stopped'));
    expect(await hive.broker.send('operator', { to: '*', body: 'c' })).toMatchObject({
      waiting: [
        { name: 'coder', state: 'quiet', until },
        { name: 'manager', state: 'stopped', until: null },
        { name: 'scout', state: 'parked', until },
      ],
    });
  });

  test('a box that cannot run or a harness without contact takes precedence over parking', async () => {
    await park(hive.time.now + 60_000);
    hive.troubles.set('scout', { state: 'failed', until: hive.time.now + 5_000 });
    hive.troubles.set('coder', { state: 'unreachable', until: null });
    expect(await hive.broker.send('operator', { to: '*', body: 'c' })).toMatchObject({
      waiting: [
        { name: 'coder', state: 'unreachable', until: null, reason: 'its harness has no contact' },
        { name: 'scout', state: 'failed', until: hive.time.now + 5_000 },
      ],
    });
    await hive.writer.write((tx) => setDesired(tx.db, scout, 'stopped'));
    expect(await hive.broker.send('operator', { to: scout, body: 'c' })).toMatchObject({
      waiting: [{ state: 'stopped' }],
    });
  });

  test('critical mail passes quiet, but not a provider’s pause', async () => {
    await hive.broker.setQuiet(scout, hive.time.now + 60_000, 'operator');
    const critical = { to: scout, body: 'fire', priority: 'critical' } as const;
    expect(await hive.broker.send('operator', critical)).not.toHaveProperty('waiting');
    const harness = await park(hive.time.now + 90_000);
    expect(await hive.broker.send('operator', critical)).toMatchObject({ waiting: [{ state: 'parked' }] });
    hive.time.now += 90_001;
    expect(await harness.wake()).not.toBeNull();
    expect(await hive.broker.send('operator', { to: scout, body: 'x' })).not.toHaveProperty('waiting');
  });

  test('interrupting a parked agent reports until when it is parked, why, and how to release it', async () => {
    await expect(hive.broker.interrupt(scout)).rejects.toMatchObject({ message: 'scout has no turn running.' });
    hive.time.now = Date.parse('2027-01-31T01:00:00Z');
    await park(hive.time.now + 14 * 60_000);
    await expect(hive.broker.interrupt(scout)).rejects.toMatchObject({
      code: 'wrong_state',
      message:
        'scout has no turn running: it is parked until 2027-01-31T01:14:00Z (a usage limit of the model was reached); hivectl restart scout lets it go.',
    });
  });

  test('of many such recipients the first twenty are named, and the number of the others', async () => {
    await hive.close();
    const names = Array.from({ length: 30 }, (_, n) => `scout-${String(n).padStart(2, '0')}`);
    hive = openTestHive(['manager', ...names]);
    for (const name of names.slice(5)) await hive.writer.write((tx) => setDesired(tx.db, name as AgentName, 'stopped'));
    const sent = await hive.broker.send(manager, { to: '*', body: 'to all of you' });
    expect(sent.waiting?.map(({ name }) => name)).toEqual(names.slice(5, 25));
    expect(sent.waiting_more).toBe(5);
  });
});
