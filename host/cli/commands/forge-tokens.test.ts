import { afterEach, expect, test } from 'vitest';
import type { ForgeTokenView } from '../../../protocol/schemas/forge-token.ts';
import { runHivectl } from '../testing/run-hivectl.ts';
import { openStandInForge } from '../testing/stand-in-forge.ts';
import { openStandInHive, type StandInHive } from '../testing/stand-in-hive.ts';

const TOKEN: ForgeTokenView = {
  name: 'renovate',
  owner: 'operator',
  scopes: ['write:repository', 'read:user'],
  repositories: ['web/app'],
  createdAt: 0,
  expiresAt: 0,
  usedAt: null,
};
let hive: StandInHive;
let forge: Awaited<ReturnType<typeof openStandInForge>>;
afterEach(async () => {
  await forge.close();
  await hive.close();
});

/** Replaces the forge: notes the inputs of calls. */
async function open(): Promise<unknown[]> {
  const asked: unknown[] = [];
  const note = (answer: object) => (input: unknown) => {
    asked.push(input);
    return answer;
  };
  const answers: Record<string, (input: unknown) => object> = {
    createForgeToken: note({ token: TOKEN, value: 'hvf_shown-once' }),
    listForgeTokens: () => ({ tokens: [TOKEN] }),
    removeForgeToken: note({ token: TOKEN }),
  };
  hive = await openStandInHive({});
  forge = await openStandInForge(hive.socket, answers);
  return asked;
}

const run = (...args: string[]) => runHivectl(hive.socket, ['forge', 'token', ...args]);

test('a token is made with its limits, shown once, listed and revoked', async () => {
  const asked = await open();
  const scopes = ['--scope', 'write:repository', '--scope', 'read:user'];
  const made = await run('create', 'renovate', ...scopes, '--repo', 'web/app', '--expires', '30d');
  expect(made.out).toContain('hvf_shown-once\n');
  expect(made.out).toContain('the only time');
  const listed = await run('ls');
  expect(listed.out).toMatch(/renovate +operator +write:repository read:user +web\/app +expired +never/);
  expect((await run('rm', 'renovate')).out).toBe('The token renovate is worth nothing any more.\n');
  expect(asked).toEqual([
    {
      name: 'renovate',
      owner: 'operator',
      scopes: ['write:repository', 'read:user'],
      repositories: ['web/app'],
      days: 30,
    },
    { name: 'renovate' },
  ]);
});

test('what cannot be meant is refused before the forge is asked', async () => {
  const asked = await open();
  for (const [args, words] of [
    [['x'], 'Say what it may do'],
    [['x', '--scope', 'admin'], 'not "admin"'],
    [['x', '--scope', 'read:user', '--repo', 'web'], 'is not OWNER/NAME'],
    [['x', '--scope', 'read:user', '--expires', '2y'], '--expires is'],
    [['x', '--scope', 'read:user', '--as', 'No One'], '--as is the name of an agent'],
  ] as const) {
    const { code, err } = await run('create', ...args);
    expect([args, code, err]).toEqual([args, 64, expect.stringContaining(words)]);
  }
  expect(asked).toEqual([]);
});
