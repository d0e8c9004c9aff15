import { afterEach, expect, test } from 'vitest';
import type { AgentName } from '../../../protocol/names.ts';
import type { SecretView } from '../../../protocol/secrets.ts';
import { runHivectl } from '../testing/run-hivectl.ts';
import { openStandInHive, type StandInHive } from '../testing/stand-in-hive.ts';

let hive: StandInHive;
afterEach(() => hive.close());

const VIEW: SecretView = { name: 'DEPLOY', setAt: 0, grants: ['@role:coder'], agents: ['coder' as AgentName] };
const VALUE = 'hJ4-wqZ81_rTn5Lk';

test('a value comes from stdin or the keyboard, is never printed, and goes to whom it is granted', async () => {
  const asked: unknown[] = [];
  const answer = (input: unknown) => {
    asked.push(input);
    return { secret: VIEW };
  };
  hive = await openStandInHive({ setSecret: answer, grantSecret: answer, revokeSecret: answer });
  const run = (args: string[], stdin?: string) =>
    runHivectl(hive.socket, ['secret', ...args], stdin === undefined ? {} : { stdin: Buffer.from(stdin) });

  const set = await run(['set', 'DEPLOY'], `${VALUE}\n`);
  expect(set.out).toBe('DEPLOY: /run/secrets/DEPLOY in the boxes of coder.\n');
  expect(set.out + set.err).not.toContain(VALUE);
  const typed = await runHivectl(hive.socket, ['secret', 'set', 'DEPLOY'], { typed: `${VALUE}\r` });
  expect(typed.out + typed.err).not.toContain(VALUE);
  await run(['grant', 'DEPLOY', '@role:coder']);
  await run(['revoke', 'DEPLOY', 'scout']);
  expect(asked).toEqual([
    { name: 'DEPLOY', value: VALUE },
    { name: 'DEPLOY', value: VALUE },
    { name: 'DEPLOY', subject: '@role:coder' },
    { name: 'DEPLOY', subject: 'scout' },
  ]);
});

test('what cannot be meant is refused with one error, before hived is asked', async () => {
  hive = await openStandInHive({});
  for (const [args, stdin, words] of [
    [['set', 'a\nb'], VALUE, "a secret's name has"],
    [['set', 'DEPLOY'], '', 'Nothing was given'],
    [['grant', 'DEPLOY', '*'], '', 'a secret is granted to'],
    [['rm', '../x'], '', "a secret's name has"],
  ] as const) {
    const { code, err } = await runHivectl(hive.socket, ['secret', ...args], { stdin: Buffer.from(stdin) });
    expect(code).toBe(64);
    expect(err).toContain(words);
  }
});

test('the list has names, grants and holders', async () => {
  hive = await openStandInHive({ listSecrets: () => ({ secrets: [VIEW] }) });
  expect((await runHivectl(hive.socket, ['secret', 'ls'])).out).toMatch(/DEPLOY +\S.* +@role:coder +coder/);
  const json = await runHivectl(hive.socket, ['secret', 'ls', '--json']);
  expect(JSON.parse(json.out)).toEqual({ secrets: [VIEW] });
});
