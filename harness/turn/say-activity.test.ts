import { expect, test } from 'vitest';
import { sayActivity } from './say-activity.ts';

const MINUTE = 60_000;

test('a turn with activity says nothing; a stalled one reports the cause, by the minute', () => {
  const now = 100 * MINUTE;
  const bash = { name: 'Bash', since: now - 3 * MINUTE - 5_000 };
  const said = [
    null,
    { tool: null, quietSince: now - MINUTE + 1 },
    { tool: null, quietSince: now - 8 * MINUTE },
    { tool: bash, quietSince: now },
    { tool: { name: 'mcp__hive__send', since: now - MINUTE }, quietSince: now },
    { tool: { name: 'Bash', since: now - 1 }, quietSince: now - 8 * MINUTE },
  ].map((activity) => sayActivity(activity, now));
  expect(said).toEqual([
    null,
    null,
    'silent for 8 min',
    'Bash has been running for 3 min',
    'send has been running for 1 min',
    null,
  ]);
});
