import { expect, test } from 'vitest';
import { HiveError } from '../../protocol/errors.ts';
import type { Delivered } from '../../protocol/schemas/message.ts';
import type { Driver, TurnReport, TurnRequest, Verdict, Prompt } from '../driver/driver.ts';
import { NO_USAGE } from '../driver/usage.ts';
import type { HiveClient } from '../hive-link/hive-client.ts';
import { mailOf as mail } from '../testing/mail-of.ts';
import { driveTurn } from './drive-turn.ts';
import { createTurnMail } from './turn-mail.ts';

/** A hive that has leased these to the turn, and returns those that the harness does not know. */
function hiveWith(leased: Delivered[], refusal?: HiveError) {
  const call = (_name: string, input: { known: number[]; waitMs: number }, { signal }: { signal: AbortSignal }) => {
    if (refusal !== undefined) return Promise.reject(refusal);
    const messages = leased.filter((one) => !input.known.includes(one.delivery));
    if (messages.length > 0 || input.waitMs === 0) return Promise.resolve({ messages });
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  };
  return { call, close: () => undefined } as unknown as HiveClient;
}

/** A CLI whose runs end with these verdicts; it accepts written mail while `listens`. */
function cliOf(verdicts: Verdict['kind'][], listens = false) {
  const prompts: Prompt[] = [];
  const said: Prompt[] = [];
  const driver: Driver = {
    async runTurn(request: TurnRequest): Promise<TurnReport> {
      prompts.push(request.prompt);
      // Waits until an answer that exists already has been passed on.
      if (listens) await expect.poll(() => said.length).toBeGreaterThan(0);
      const kind = verdicts.shift() ?? 'done';
      const verdict = { kind, reason: '', sessionSpent: false, resetsAt: null } as Verdict;
      return {
        verdict,
        text: `run ${prompts.length}`,
        sessionId: 's',
        usage: NO_USAGE,
        toolCalls: 1,
        workCalls: 1,
        answered: true,
      };
    },
    say(words) {
      if (listens) said.push(words);
      return listens;
    },
    activity: () => null,
    letGo: () => Promise.resolve(),
    rssBytes: () => Promise.resolve(null),
  };
  return { driver, prompts, said };
}

async function drive(hive: HiveClient, driver: Driver, stop = new AbortController()) {
  const turnMail = createTurnMail();
  turnMail.begin([mail(1)]);
  const report = await driveTurn(
    {
      hive,
      driver,
      mail: turnMail,
      bootId: 'b',
      offer: { turn: 1, fence: 1 },
      now: Date.now,
      log: () => undefined,
      away: { onAway: () => undefined, onBack: () => undefined },
      waitMs: 10_000,
      lastWordsMs: 50,
    },
    {
      turn: 1,
      prompt: { text: 'prompt', messages: [mail(1)] },
      sessionId: null,
      timeoutMs: 60_000,
      signal: stop.signal,
      takeFetched: () => [],
      takeAllFetched: () => [],
    },
  );
  return { report, unseen: turnMail.someUnseen() };
}

test('mail that comes while the CLI accepts input is written once, and costs no second run', async () => {
  const { driver, prompts, said } = cliOf([], true);
  const { report, unseen } = await drive(hiveWith([mail(1), mail(2)]), driver);
  expect(prompts).toHaveLength(1);
  expect(said.map((words) => words.messages.map(({ id }) => id))).toEqual([[2]]);
  expect([report.verdict.kind, unseen]).toEqual(['done', false]);
});

test('mail that comes too late has a run of its own in the same turn and session', async () => {
  const { driver, prompts } = cliOf([]);
  const { report, unseen } = await drive(hiveWith([mail(1), mail(2), mail(3)]), driver);
  expect(prompts.map((words) => words.messages.map(({ id }) => id))).toEqual([[1], [2, 3]]);
  expect(prompts[1]?.text).toContain('text 3');
  expect(report).toMatchObject({ verdict: { kind: 'done' }, text: 'run 1\n\nrun 2', toolCalls: 2, workCalls: 2 });
  expect(unseen).toBe(false);
});

test('a run that does not end well is the last one', async () => {
  const { driver, prompts } = cliOf(['failed']);
  const { report } = await drive(hiveWith([mail(1), mail(2)]), driver);
  expect(prompts).toHaveLength(1);
  expect(report.verdict.kind).toBe('failed');
});

test('stopped with mail left, or without an answer of the hive, it leaves the turn in doubt', async () => {
  const stop = new AbortController();
  stop.abort('shutdown');
  const stopped = cliOf([]);
  expect(await drive(hiveWith([mail(1), mail(2)]), stopped.driver, stop)).toMatchObject({ unseen: true });
  expect(stopped.prompts).toHaveLength(1);
  expect(await drive(hiveWith([], new HiveError('stale_fence')), cliOf([]).driver)).toMatchObject({ unseen: true });
  expect(await drive(hiveWith([], new HiveError('hive_unreachable')), cliOf([]).driver, stop)).toMatchObject({
    unseen: true,
  });
  expect(await drive(hiveWith([mail(1)]), cliOf([]).driver, stop)).toMatchObject({ unseen: false });
});

test('an invalid session ID counts as none, so that the turn can end', async () => {
  for (const sessionId of ['', 'a\nb', 'x'.repeat(129)]) {
    const { driver } = cliOf(['failed']);
    const broken = { ...driver, runTurn: async (of: TurnRequest) => ({ ...(await driver.runTurn(of)), sessionId }) };
    expect((await drive(hiveWith([mail(1)]), broken)).report.sessionId).toBeNull();
  }
});
