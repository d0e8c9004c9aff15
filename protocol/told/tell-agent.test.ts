import { describe, expect, test } from 'vitest';
import { DRIVER_NAMES, DRIVERS } from '../drivers/drivers.ts';
import type { AgentName } from '../names.ts';
import { toldOperations } from '../operations/told.ts';
import { composeInstructions, joinInstructions } from './compose-instructions.ts';
import { sizeOf } from './estimate-tokens.ts';
import { listTools } from './list-tools.ts';
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
  const told = tellAgent({ name, parent, spec: specOf(driver, ' Look twice. ') });

  test('is shown what the harness passes to its CLI, in the same order, with the tools as it lists them', () => {
    expect(toldOperations.getPrompt.output.parse(told)).toEqual(told);
    const place = { stateDir: '/agents/scout/state', forgeUrl: 'http://127.0.0.1:7002' };
    const passed = composeInstructions({ agent: name, parent, spec: specOf(driver, ' Look twice. '), ...place });
    expect(told.instructions.map(({ by, text }) => ({ by, text }))).toEqual(passed);
    expect(joinInstructions(passed)).toMatch(/# Hive\nYou are "scout"[^]*# From the operator\nLook twice\.$/);
    expect(told.tools.list).toEqual(listTools());
  });

  test('is told which version of its CLI was measured, if the hive knows its program', () => {
    expect(told.cli === null).toBe(DRIVERS[driver].cli === null);
    expect(told.placed).toBe(DRIVERS[driver].capabilities.instructions);
  });
});

test('the sizes of the parts add up', () => {
  const { instructions, tools, bytes } = tellAgent({ name, parent, spec: specOf('claude', 'Größe') });
  const parts = instructions.reduce((sum, part) => sum + part.bytes, 0);
  expect(bytes).toBe(parts + '\n\n'.length + tools.bytes);
  expect(sizeOf('Größe')).toEqual({ bytes: 7, tokens: 2 });
  expect(sizeOf('')).toEqual({ bytes: 0, tokens: 0 });
});

test('an empty prompt adds nothing', () => {
  expect(tellAgent({ name, parent: null, spec: specOf('claude', ' \n') }).instructions.map(({ by }) => by)).toEqual([
    'hive',
  ]);
});
