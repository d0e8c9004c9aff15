import { afterEach, expect, test } from 'vitest';
import { runHivectl } from '../testing/run-hivectl.ts';
import { agentView, openStandInHive, type StandInHive } from '../testing/stand-in-hive.ts';

let hive: StandInHive | null = null;
afterEach(async () => {
  await hive?.close();
  hive = null;
});

const held = { kind: 'paused', at: 1_000, by: 'hivectl', reason: 'release day' } as const;
const coder = agentView('coder', { state: 'paused', holds: [held], reason: 'release day (by hivectl)' });
const scout = agentView('scout', { state: 'working', phase: 'running', turn: 7 });

async function run(...argv: string[]) {
  const asked: unknown[] = [];
  hive = await openStandInHive({
    listAgents: () => ({ agents: [coder, scout], lastSeq: 1 }),
    getAgent: ({ name }) => ({ agent: name === 'coder' ? coder : scout }),
    pauseAgent: (input) => {
      asked.push(input);
      return { agent: input.name === 'coder' ? coder : scout };
    },
    resumeAgent: (input) => {
      asked.push(input);
      return { agent: input.name === 'coder' ? coder : scout, lifted: input.name === 'coder' ? ['paused'] : [] };
    },
  });
  const done = await runHivectl(hive.socket, argv);
  return { asked, ...done };
}

test('pause says whether a turn still runs; a role is given as @ROLE', async () => {
  expect(await run('pause', '@scout', '--now', '--reason', 'too dear')).toMatchObject({
    asked: [{ name: 'scout', reason: 'too dear', now: true }],
    out: 'scout: paused; turn 7 is being interrupted. Let it go on: hivectl resume scout\n',
  });
});

test('resume of all passes by those that nothing holds; of one by name it says so', async () => {
  expect(await run('resume', '--all')).toMatchObject({
    asked: [{ name: 'coder' }],
    err: expect.stringContaining('scout: passed by. It is neither paused nor stuck.') as string,
  });
  expect((await run('resume', 'scout')).out).toBe('scout: was neither paused nor stuck (now working, 0 waiting)\n');
});

test('ps of one agent shows the step of its turn, and what holds it', async () => {
  expect((await run('ps', 'scout')).out).toContain('state       working, running: the CLI works\n');
  const { out } = await run('ps', 'coder');
  expect(out).toContain('state       paused: paused by the operator; ends with hivectl resume\n');
  expect(out).toMatch(/held        paused since .*, by hivectl: release day\n/);
});
