import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { agentMail } from '../../../../protocol/operations/agent-mail.ts';
import { operatorMail } from '../../../../protocol/operations/operator-mail.ts';
import { operatorSurface } from '../../../../protocol/operations/operator.ts';
import type { CallContext } from '../../../../wire/routes.ts';
import { fireDue } from './fire-due.ts';
import { createTimerGate } from './limits.ts';
import { insertUpload } from '../files/store/blobs.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import type { AudienceHandlers } from '../../core/module.ts';
import { handleTimers } from './handlers.ts';

const HASH = 'ab'.repeat(32);
const START = Date.parse('2026-05-01T12:00:30Z');

let hive: TestHive;
let agents: Pick<AudienceHandlers['agent'], keyof ReturnType<typeof handleTimers>['agent']>;
let operators: Pick<AudienceHandlers['operator'], keyof ReturnType<typeof handleTimers>['operator']>;
beforeEach(() => {
  hive = openTestHive();
  hive.time.now = START;
  const gate = createTimerGate(hive, { maxStanding: 5, rate: { burst: 6, perMinute: 10 } });
  const deps = { db: hive.db, writer: hive.writer, events: hive.events, clock: hive.clock, gate, quietMs: 600_000 };
  ({ agent: agents, operator: operators } = handleTimers(deps));
});
afterEach(() => hive.close());

const as = (name: string): CallContext<AgentName> => ({
  caller: name as AgentName,
  signal: new AbortController().signal,
  lastEventId: null,
});
const operator: CallContext<'hivectl'> = { caller: 'hivectl', signal: new AbortController().signal, lastEventId: null };

const remind = async (name: string, asked: object) => agents.remind(agentMail.remind.input.parse(asked), as(name));
const reminders = async (name: string, asked: object = {}) =>
  (await agents.reminders(agentMail.reminders.input.parse(asked), as(name))).reminders;
const schedule = async (name: string, asked: object) =>
  (await agents.schedule(agentMail.schedule.input.parse({ body: 'again', ...asked }), as(name))).schedule;
const schedules = async (name: string, asked: object = {}) =>
  (await agents.schedules(agentMail.schedules.input.parse(asked), as(name))).schedules;
const fire = (now: number) => {
  hive.time.now = now;
  const { db, writer, mail } = hive;
  return fireDue({ db, writer, mail, startAgent: () => undefined }, now);
};
const refusal = (code: string) => expect.objectContaining({ code }) as Error;

test('named lines are schedules; a year, a time without an offset and lone surrogates are refused with a reason', async () => {
  expect((await schedule('scout', { cron: '@daily' })).nextAt).toBe(Date.parse('2026-05-02T00:00:00Z'));
  expect((await schedule('scout', { cron: '@hourly' })).nextAt).toBe(Date.parse('2026-05-01T13:00:00Z'));
  expect((await schedule('scout', { cron: '@midnight' })).nextAt).toBe(Date.parse('2026-05-02T00:00:00Z'));
  await expect(schedule('scout', { cron: '@reboot' })).rejects.toThrow(refusal('impossible_cron'));
  for (const cron of ['0 9 31 1 * 2027', '0 0 9 31 1 * 2027-2028'])
    await expect(schedule('scout', { cron })).rejects.toThrow(/no year: of 6 fields the first is seconds/);
  await expect(remind('scout', { body: 'x', at: '2026-06-01T09:00:00' })).rejects.toThrow(
    /with its offset, e\.g\. 2026-01-31T09:00:00Z/,
  );
  const half = '\uD83D';
  for (const refused of [
    agentMail.schedule.input.safeParse({ body: 'x', cron: `0 9 * * 1${half}` }),
    agentMail.send.input.safeParse({ body: 'x', to: `@role:x${half}` }),
    operatorSurface.createAgent.input.safeParse({ name: 'a', spec: { role: `x${half}` } }),
    operatorSurface.createAgent.input.safeParse({ name: 'a', spec: { prompt: half } }),
    operatorSurface.rebuildAgent.input.safeParse({ name: 'a', reason: half }),
    operatorSurface.rebuildAll.input.safeParse({ reason: half }),
  ])
    expect(refused.success).toBe(false);
  const whole = { role: 'clown 🤡', prompt: 'Grüße\n🤡' };
  expect(operatorSurface.createAgent.input.parse({ name: 'a', spec: whole })).toMatchObject({ spec: whole });
  const long = operatorSurface.createAgent.input.safeParse({ name: 'a', spec: { prompt: 'x'.repeat(20_001) } });
  expect(long.error?.issues[0]?.message).toMatch(/^the prompt is over 20,000 characters/);
});

describe('a key', () => {
  const at = '2026-05-01T13:00:00Z';
  const counts = () => [
    hive.db.prepare('SELECT COUNT(*) FROM reminders').pluck().get(),
    hive.db.prepare('SELECT COUNT(*) FROM schedules').pluck().get(),
  ];

  test('sets one reminder or schedule: a repeat returns the first, even if it was changed or is over', async () => {
    const first = await remind('scout', { body: 'x', in_seconds: 60, key: 'k' });
    hive.time.now += 5_000;
    expect(await remind('scout', { body: 'x', in_seconds: 60, key: 'k' })).toEqual({ ...first, duplicate: true });
    await reminders('scout', { action: 'change', id: first.id, in_seconds: 90 });
    expect(await remind('scout', { body: 'x', in_seconds: 60, key: 'k' })).toMatchObject({
      id: first.id,
      due_at: hive.time.now + 90_000,
      duplicate: true,
    });
    await fire(hive.time.now + 90_000);
    expect(await remind('scout', { body: 'x', in_seconds: 60, key: 'k' })).toMatchObject({ id: first.id });

    const made = await schedule('scout', { cron: '0 9 * * *', key: 'k' });
    expect((await schedule('scout', { key: 'k', cron: '0 9 * * *' })).id).toBe(made.id);
    expect(counts()).toEqual([1, 1]);
    expect(hive.heard.filter(({ kind }) => kind === 'schedule.set' || kind === 'reminder.set')).toHaveLength(2);
  });

  test('used for something else is refused; belongs to one owner; expires after a day, or with its cancelled schedule', async () => {
    const { id } = await remind('scout', { body: 'x', at, key: 'k' });
    for (const other of [
      { body: 'y', at },
      { body: 'x', at: '2026-05-01T14:00:00Z' },
      { body: 'x', in_seconds: 3_570 },
    ])
      await expect(remind('scout', { ...other, key: 'k' })).rejects.toThrow(refusal('key_conflict'));
    expect((await remind('coder', { body: 'x', at, key: 'k' })).id).not.toBe(id);
    const asked = operatorMail.createReminder.input.parse({ to: 'scout', body: 'x', at, key: 'k' });
    expect((await operators.createReminder(asked, operator)).duplicate).toBe(false);
    expect((await operators.createReminder(asked, operator)).duplicate).toBe(true);

    hive.time.now += 60_000;
    const made = await schedule('scout', { cron: '0 9 * * *', key: 'k' });
    await expect(schedule('scout', { cron: '0 10 * * *', key: 'k' })).rejects.toThrow(refusal('key_conflict'));
    await schedules('scout', { action: 'cancel', id: made.id });
    expect((await schedule('scout', { cron: '0 9 * * *', key: 'k' })).id).not.toBe(made.id);

    hive.time.now += 24 * 3_600_000;
    expect((await remind('scout', { body: 'y', in_seconds: 60, key: 'k' })).id).not.toBe(id);
  });
});

describe('an agent', () => {
  test('sets, lists, changes and cancels reminders of its own', async () => {
    const { id, due_at: dueAt } = await remind('scout', { body: 'x'.repeat(400), in_seconds: 60 });
    expect(dueAt).toBe(START + 60_000);
    expect(await reminders('scout')).toMatchObject([{ id, body: `${'x'.repeat(299)}…`, state: 'standing' }]);
    expect(await reminders('scout', { action: 'change', id, body: 'y', at: '2026-05-02T00:00:00Z' })).toMatchObject([
      { id, body: 'y', dueAt: Date.parse('2026-05-02T00:00:00Z') },
    ]);
    expect(await reminders('scout', { action: 'cancel', id })).toMatchObject([{ id, state: 'cancelled' }]);
    expect(await reminders('scout')).toEqual([]);
    expect(await fire(START + 1e9)).toBeNull();
    expect(hive.heard.map(({ kind, agent }) => [kind, agent])).toEqual([
      ['reminder.set', 'scout'],
      ['reminder.changed', 'scout'],
      ['reminder.cancelled', 'scout'],
    ]);
  });

  test('pauses, resumes and cancels schedules of its own', async () => {
    const { id } = await schedule('scout', { cron: '0 9 * * *', time_zone: 'Europe/Berlin' });
    expect(await schedules('scout', { action: 'pause', id })).toMatchObject([{ id, paused: true, nextAt: null }]);
    expect(await schedules('scout', { action: 'resume', id })).toMatchObject([
      { id, paused: false, timeZone: 'Europe/Berlin', nextAt: Date.parse('2026-05-02T07:00:00Z') },
    ]);
    expect(await schedules('scout', { action: 'cancel', id })).toMatchObject([{ id }]);
    expect(await schedules('scout')).toEqual([]);
  });

  test('neither sees nor changes those of others, and gets the same answer for them as for missing ones', async () => {
    const reminder = await remind('scout', { body: 'mine', in_seconds: 60 });
    const plan = await schedule('scout', { cron: '0 9 * * *' });
    expect([await reminders('coder'), await schedules('coder')]).toEqual([[], []]);
    for (const action of ['change', 'cancel'])
      for (const id of [reminder.id, 999])
        await expect(
          reminders('coder', { action, id, ...(action === 'change' ? { body: 'yours' } : {}) }),
        ).rejects.toMatchObject({
          code: 'unknown_reminder',
          message: `You have no reminder #${id} standing. List yours.`,
        });
    for (const action of ['pause', 'resume', 'cancel'])
      for (const id of [plan.id, 999])
        await expect(schedules('coder', { action, id })).rejects.toMatchObject({
          code: 'unknown_schedule',
          message: `You have no schedule #${id}. List yours.`,
        });
    expect(await reminders('scout')).toMatchObject([{ body: 'mine' }]);
  });

  test('has a limit of standing reminders and schedules together', async () => {
    for (let second = 1; second <= 4; second += 1) await remind('scout', { body: 'x', in_seconds: second });
    await schedule('scout', { cron: '0 9 * * *' });
    await expect(remind('scout', { body: 'x', in_seconds: 9 })).rejects.toThrow(refusal('too_many_reminders'));
    await remind('coder', { body: 'x', in_seconds: 1 });
    await fire(START + 60_000);
    await remind('scout', { body: 'x', in_seconds: 9 });
  });

  test('has a rate for setting them, and is told when it may set the next one', async () => {
    for (let turn = 0; turn < 6; turn += 1) {
      const { id } = await remind('scout', { body: 'x', in_seconds: 60 });
      await reminders('scout', { action: 'cancel', id });
    }
    await expect(remind('scout', { body: 'x', in_seconds: 60 })).rejects.toMatchObject({
      code: 'rate_exceeded',
      details: { retryAfterMs: 6_000 },
    });
    hive.time.now += 6_000;
    await remind('scout', { body: 'x', in_seconds: 60 });
  });

  test('attaches a file that it uploaded, which is delivered with the reminder', async () => {
    hive.addAgent('author');
    insertUpload(hive.db, { hash: HASH, bytes: 12, owner: 'author', at: START });
    const file = { name: 'plan.md', hash: HASH };
    await expect(remind('coder', { body: 'x', in_seconds: 1, attachment: file })).rejects.toThrow(
      refusal('unknown_attachment'),
    );
    await remind('author', { body: 'x', in_seconds: 7_200, attachment: file });
    expect(await reminders('author')).toMatchObject([{ attachment: { ...file, bytes: 12 } }]);
    await fire(START + 7_200_000);
    expect(hive.db.prepare('SELECT name, hash FROM attachments').all()).toEqual([file]);
  });

  test.each([
    ['a time that is past', () => remind('scout', { body: 'x', at: '2026-05-01T12:00:00Z' }), 'past_time'],
    ['a line that never comes', () => schedule('scout', { cron: '0 0 30 2 *' }), 'impossible_cron'],
    ['a recipient that is none', () => schedule('scout', { cron: '0 9 * * *', to: 'codre' }), 'unknown_agent'],
    ['a start', () => schedule('scout', { cron: '0 9 * * *', to: 'coder', action: 'start' }), 'forbidden'],
    ['a text beside a cancel', () => reminders('scout', { action: 'cancel', id: 1, body: 'x' }), 'invalid_input'],
  ])('is refused %s, and nothing is stored', async (_name, ask, code) => {
    await expect(ask()).rejects.toThrow(refusal(code));
    expect([await reminders('scout'), await schedules('scout'), hive.heard]).toEqual([[], [], []]);
  });
});

describe('the operator', () => {
  test('reminds agents, and sees and changes the reminders of all', async () => {
    const own = await remind('scout', { body: 'own', in_seconds: 60 });
    const asked = operatorMail.createReminder.input.parse({ to: 'scout', body: 'look', in_seconds: 30 });
    const { reminder } = await operators.createReminder(asked, operator);
    const list = async (of?: string) =>
      operators.listReminders(operatorMail.listReminders.input.parse(of === undefined ? {} : { of }), operator);
    expect(await list()).toMatchObject({ reminders: [{ id: reminder.id }, { id: own.id }], standing: 2 });
    expect(await list('scout')).toMatchObject({ standing: 2 });
    expect(await list('operator')).toMatchObject({ reminders: [{ id: reminder.id, to: 'scout' }], standing: 1 });
    expect(await list('coder')).toEqual({ reminders: [], standing: 0 });
    await operators.changeReminder({ id: own.id, body: 'other' }, operator);
    await operators.cancelReminder({ id: reminder.id }, operator);
    expect(await reminders('scout')).toMatchObject([{ id: own.id, body: 'other' }]);
    await expect(list('scuot')).rejects.toMatchObject({ code: 'unknown_agent' });
  });

  test('has no rate and no limit', async () => {
    for (let second = 1; second <= 20; second += 1)
      await operators.createReminder(
        operatorMail.createReminder.input.parse({ to: 'operator', body: 'x', in_seconds: second }),
        operator,
      );
  });

  test('sees the outcome of an agent’s reminders and schedules in a period', async () => {
    const rollup = async (asked: object = {}) =>
      (await operators.reminderRollup(operatorMail.reminderRollup.input.parse({ name: 'scout', ...asked }), operator))
        .rollup;
    for (const second of [1, 2, 3]) await remind('scout', { body: 'x', in_seconds: second });
    const plan = await schedule('scout', { cron: '*/10 * * * *', to: 'coder', action: 'message' });
    await fire(START + 3_000);
    hive.db.prepare("DELETE FROM agents WHERE name = 'coder'").run();
    await fire(plan.nextAt ?? 0);
    const none = { asked: 3, fired: 4, delivered: 0, handled: 0, failed: 1 };
    hive.time.now += 1;
    expect(await rollup()).toEqual(none);
    const harness = await hive.boot('scout');
    const turn = (await harness.wake())!;
    await harness.finish(turn, 'done');
    expect(await rollup()).toEqual({ ...none, delivered: 3, handled: 3 });
    expect(await rollup({ from: START + 2_000, to: START + 3_000 })).toEqual({
      asked: 0,
      fired: 1,
      delivered: 1,
      handled: 1,
      failed: 0,
    });
    await expect(rollup({ from: 2, to: 1 })).rejects.toMatchObject({ code: 'invalid_input' });
  });
});
