import { afterEach, expect, test } from 'vitest';
import type { AgentName } from '../../../protocol/names.ts';
import { tellAgent } from '../../../protocol/told/tell-agent.ts';
import { runHivectl } from '../testing/run-hivectl.ts';
import { openStandInHive, type StandInHive } from '../testing/stand-in-hive.ts';

let hive: StandInHive | null = null;
afterEach(async () => {
  await hive?.close();
  hive = null;
});

const tell = (driver: 'claude' | 'script', prompt: string) =>
  tellAgent(
    {
      name: 'scout' as AgentName,
      parent: null,
      spec: { driver, role: 'tester', prompt, model: 'm', tools: driver === 'claude' ? ['Bash', 'Read'] : [] },
    },
    {
      offered: [
        { name: 'greeting', description: 'How to greet.', from: 'operator' },
        { name: 'shipping', description: 'How to ship.', from: 'docs' },
      ],
      skipped: [
        { name: 'odd', from: 'operator', why: 'it has no head' },
        { name: 'greeting', from: 'docs', why: "the operator's skill of that name counts" },
      ],
      docsCommit: 'c0ffee',
    },
  );

test('prompt shows the texts, the tools with their schemas, and the size of each part', async () => {
  const told = tell('claude', 'Look \u001B[31mtwice.');
  hive = await openStandInHive({ getPrompt: () => told });
  const { out } = await runHivectl(hive.socket, ['prompt', 'scout']);
  for (const text of [
    'You are "scout"',
    '- greeting: How to greet.',
    '/opt/skills/NAME/SKILL.md.\n- greeting: How to greet.\nBefore work that one of these is for, read /opt/docs-skills/now/NAME/SKILL.md.\n- shipping: How to ship.',
    'Skill "greeting": the operator\'s.',
    'Skill "shipping": of shared/docs at c0ffee.',
    'Not offered: skill "odd": it has no head.',
    'Not offered: skill "greeting" of shared/docs: the operator\'s skill of that name counts.',
    '# From the operator\nLook twice.',
    'send: Send a message, also to those who are away.',
    '"required":["to"',
  ])
    expect(out).toContain(text);
  expect(out).toMatch(/the spec's prompt +36 +≤ 11\n/);
  expect(out).toMatch(/tools of the hive +\d,\d+ +≤ \d,\d+\n/);
  expect(out).toMatch(/claude \S+ adds: its own tools +5,300/);
  expect(out).toContain("the instructions follow the CLI's own system prompt.");
  expect(out).toContain('This agent may use Bash, Read.');
  expect(JSON.parse((await runHivectl(hive.socket, ['prompt', 'scout', '--json'])).out)).toEqual(told);
});

test('of a program that the hive does not know, it says so', async () => {
  hive = await openStandInHive({ getPrompt: () => tell('script', '') });
  const { out } = await runHivectl(hive.socket, ['prompt', 'scout']);
  expect(out).not.toContain("the spec's prompt  ");
  expect(out).toContain('What the program adds is not known to the hive.');
});
