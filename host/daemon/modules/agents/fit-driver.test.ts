import { expect, test } from 'vitest';
import { parseConfig } from '../../config/parse-config.ts';
import { changeSpec } from './change-spec.ts';
import { completeSpec } from './complete-spec.ts';

const config = parseConfig('', 'config.yaml');
const refused = (why: string) =>
  expect.objectContaining({ code: 'invalid_input', message: expect.stringContaining(why) });
const command = ['python3', 'agent.py'];

test('a spec without a driver means no command and the configured tools, as before', () => {
  const spec = completeSpec({}, config);
  expect(spec).toMatchObject({ driver: 'claude', tools: config.defaults.tools });
  expect(spec).not.toHaveProperty('command');
});

test('script needs a command and has no tools of its own', () => {
  expect(completeSpec({ driver: 'script', command }, config)).toMatchObject({ driver: 'script', command, tools: [] });
  expect(() => completeSpec({ driver: 'script' }, config)).toThrow(refused('needs a command'));
  expect(() => completeSpec({ driver: 'script', command, tools: ['Bash'] }, config)).toThrow(
    refused('leave tools empty'),
  );
  expect(() => completeSpec({ command }, config)).toThrow(refused('takes no command; drivers that do: acp, script'));
});

test('codex has tools of its own that nobody chooses', () => {
  expect(completeSpec({ driver: 'codex' }, config)).toMatchObject({
    tools: [],
    provider: 'openai',
    model: 'gpt-5-mini',
  });
  expect(() => completeSpec({ driver: 'codex', tools: ['Bash'] }, config)).toThrow(refused('leave tools empty'));
  expect(() => completeSpec({ driver: 'codex', command }, config)).toThrow(refused('takes no command'));
});

test('with another driver a spec loses the fields that do not fit it, but none that was given', () => {
  const before = completeSpec({ driver: 'script', command }, config);
  const { spec, fields } = changeSpec(before, { driver: 'claude', tools: ['Bash'] });
  expect(fields.toSorted()).toEqual(['command', 'driver', 'tools']);
  expect(spec).not.toHaveProperty('command');
  const back = changeSpec(spec, { driver: 'script', command });
  expect(back.spec).toEqual(before);
  expect(() => changeSpec(spec, { driver: 'script' })).toThrow(refused('needs a command'));
  expect(changeSpec(before, { command: ['./other'] }).fields).toEqual(['command']);
});
