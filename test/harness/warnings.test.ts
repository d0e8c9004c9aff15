import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { DEFAULT_STUCK_RULES } from '../../protocol/schemas/harness.ts';
import { GREETING } from './fake-hived.ts';
import { type HarnessBed, openHarnessBed, waitFor } from './start-harness.ts';

// What the harness does about turns that repeat themselves, hang or reach a limit, and about a success without work.

const REPEATS = join(import.meta.dirname, '../../harness/fixtures/repeats-itself');
let bed: HarnessBed;
afterEach(() => bed.close());

const finished = (count: number) =>
  waitFor(() => bed.hived.finishes.length >= count && bed.hived.finishes, `${count} finished turns\n${bed.log()}`);
const warnings = () => bed.hived.events.filter(({ kind }) => kind === 'turn.warning').map(({ data }) => data);
const steps = () => warnings().map(({ about, step }) => `${String(about)} ${String(step)}`);

test('a turn that repeats the same call is told so, then stopped; the next one begins with the reason, the third ends in the hold', async () => {
  bed = await openHarnessBed(REPEATS);
  bed.hived.greeting = { stuck: { ...DEFAULT_STUCK_RULES, repeats: 3 } };
  await bed.start();
  for (let turn = 1; turn <= 3; turn += 1) {
    bed.hived.deliver(`try ${turn}`);
    await finished(turn);
  }
  const [first, second, third] = bed.hived.finishes;
  const reason = 'It called Bash with the same input 6 times, with the same result.';
  expect(first).toMatchObject({ outcome: 'interrupted', cause: 'no_progress', reason });
  expect([first?.sessionId === null, first?.stuck]).toEqual([false, undefined]);
  expect([second?.sessionId, second?.stuck]).toEqual([null, undefined]);
  expect([third?.sessionId, third?.stuck]).toEqual([null, reason]);
  await waitFor(() => warnings().length >= 6, 'the warnings of three turns');
  expect(steps()).toEqual(Array.from({ length: 3 }, () => ['repeats asked', 'repeats stopped']).flat());
  expect(warnings()[0]?.['text']).toContain('Do something else, or end the turn');
});

test('a turn is told before its limit of tool calls, and stopped beyond it', async () => {
  bed = await openHarnessBed(REPEATS);
  bed.hived.greeting = {
    spec: { ...GREETING.spec, turnToolCalls: 10 },
    stuck: { ...DEFAULT_STUCK_RULES, repeats: 0 },
  };
  await bed.start();
  bed.hived.deliver('go');
  const [turn] = await finished(1);
  const reason = 'The turn made more than 10 tool calls, the limit of its agent.';
  expect(turn).toMatchObject({ outcome: 'timed_out', cause: 'time_over', reason });
  expect(turn?.toolCalls).toBeGreaterThan(10);
  await waitFor(() => warnings().length >= 2, 'the warnings');
  expect(steps()).toEqual(['calls asked', 'calls stopped']);
});

test('a success without any sign of the model is not taken for work', async () => {
  bed = await openHarnessBed(REPEATS);
  await bed.start();
  bed.hived.deliver('say nothing');
  const [turn] = await finished(1);
  expect(turn).toMatchObject({ outcome: 'failed', cause: 'no_answer', answered: false });
  expect(turn?.sessionId).not.toBeNull();
  expect(bed.hived.handled).toEqual([]);
});

test('a command that waits for input is recognised in the box, and its turn is stopped', async () => {
  bed = await openHarnessBed();
  bed.hived.greeting = { stuck: { ...DEFAULT_STUCK_RULES, waitingToolMs: 1_000 } };
  await bed.start();
  // The input of the CLI's commands is at its end, so this one gets a pipe that nobody writes.
  bed.hived.deliver('@Bash {"command":"mkfifo asks && exec 3<>asks && cat <&3","timeout":600000}');
  const [turn] = await finished(1);
  expect(turn).toMatchObject({
    outcome: 'interrupted',
    cause: 'no_progress',
    reason: expect.stringMatching(/^Its tool Bash waits for input, which nobody gives, for \d+ s\.$/) as string,
  });
  await waitFor(() => warnings().length >= 2, 'the warnings');
  expect(steps()).toEqual(['tool asked', 'tool stopped']);
  bed.hived.deliver('go on');
  await finished(2);
  expect(JSON.stringify(bed.requests.at(-1)?.body.messages)).toContain(
    'The hive stopped your last turn, because it made no progress. Its tool Bash waits',
  );
});
