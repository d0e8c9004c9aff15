import { describe, expect, test } from 'vitest';
import { DRIVER_NAMES, DRIVERS } from '../drivers/drivers.ts';
import type { AgentName } from '../names.ts';
import { toldOperations } from '../operations/told.ts';
import { composeInstructions, joinInstructions } from './compose-instructions.ts';
import { sizeOf } from './estimate-tokens.ts';
import { listTools } from './list-tools.ts';
import { NO_SKILLS } from './skills.ts';
import { tellAgent } from './tell-agent.ts';

const name = 'scout' as AgentName;
const parent = 'manager' as AgentName;
const specOf = (driver: (typeof DRIVER_NAMES)[number], prompt = '') => ({
  driver,
  prompt,
  role: 'tester',
  model: 'some-model',
  tools: ['Bash'],
});

describe.each(DRIVER_NAMES)('an agent of the driver %s', (driver) => {
  const skills = [{ name: 'greeting', description: 'How to greet.', from: 'operator' as const }];
  const skipped = [{ name: 'odd', from: 'operator' as const, why: 'no head' }];
  const told = tellAgent({ name, parent, spec: specOf(driver, ' Look twice. ') }, { offered: skills, skipped });

  test('is shown what the harness passes to its CLI, in the same order, with the tools as it lists them', () => {
    expect(toldOperations.getPrompt.output.parse(told)).toEqual(told);
    const place = {
      stateDir: '/agents/scout/state',
      forgeUrl: 'http://127.0.0.1:7002',
      skillDirs: { operator: '/opt/skills', docs: '/opt/docs-skills/now' },
    };
    const passed = composeInstructions({
      agent: name,
      parent,
      spec: specOf(driver, ' Look twice. '),
      skills,
      ...place,
    });
    expect(told.instructions.map(({ by, text }) => ({ by, text }))).toEqual(passed);
    expect(joinInstructions(passed)).toMatch(
      /# Hive\nYou are "scout"[^]*\n\n# Skills\n.*\/opt\/skills\/NAME\/SKILL\.md\.\n- greeting: How to greet\.\n\n# From the operator\nLook twice\.$/,
    );
    expect(told.skippedSkills).toEqual(skipped);
    expect(told.tools.list).toEqual(listTools({ isMember: false }));
  });

  test('is told which version of its CLI was measured, if the hive knows its program', () => {
    expect(told.cli === null).toBe(DRIVERS[driver].cli === null);
    expect(told.placed).toBe(DRIVERS[driver].capabilities.instructions);
  });
});

test('the sizes of the parts add up', () => {
  const { instructions, tools, bytes } = tellAgent({ name, parent, spec: specOf('claude', 'Größe') }, NO_SKILLS);
  const parts = instructions.reduce((sum, part) => sum + part.bytes, 0);
  expect(bytes).toBe(parts + '\n\n'.length + tools.bytes);
  expect(sizeOf('Größe')).toEqual({ bytes: 7, tokens: 2 });
  expect(sizeOf('')).toEqual({ bytes: 0, tokens: 0 });
});

test('an empty prompt and no skills add nothing', () => {
  const { instructions } = tellAgent({ name, parent: null, spec: specOf('claude', ' \n') }, NO_SKILLS);
  expect(instructions.map(({ by }) => by)).toEqual(['hive']);
});
