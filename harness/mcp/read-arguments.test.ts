import { describe, expect, test } from 'vitest';
import { readArguments } from './read-arguments.ts';
import { findTool, listTools, shapeOf, type ToolOperation } from '../../protocol/told/list-tools.ts';

/** All arguments of a tool, also those that are not listed. */
const fieldsOf = (tool: string) =>
  Object.entries(shapeOf(findTool(tool) as ToolOperation).schema['properties'] as Record<string, Field>);
interface Field {
  type?: string;
  enum?: string[];
}

const read = (tool: string, given: Record<string, unknown>) =>
  readArguments(given, shapeOf(findTool(tool) as ToolOperation));

describe('arguments as models write them', () => {
  // The hive itself writes "#12" wherever it names a message.
  test(`a number with the hive's "#" before it is accepted by every tool that takes a number`, () => {
    let fields = 0;
    for (const tool of listTools({ isMember: true }))
      for (const [name, field] of fieldsOf(tool.name)) {
        if (field.type !== 'integer') continue;
        fields += 1;
        expect(read(tool.name, { [name]: '#12' }), `${tool.name}.${name}`).toEqual({ [name]: 12 });
        expect(read(tool.name, { [name]: ' 12 ' })).toEqual({ [name]: 12 });
        expect(read(tool.name, { [name]: 'twelve' })).toEqual({ [name]: 'twelve' });
      }
    expect(fields).toBeGreaterThan(10);
  });

  test('a duration with units is accepted by every tool that takes seconds or minutes', () => {
    let fields = 0;
    for (const tool of listTools({ isMember: true }))
      for (const [name] of fieldsOf(tool.name).filter(([field]) => /(?:^|_)(?:seconds|minutes)$/.test(field))) {
        fields += 1;
        const perUnit = name.endsWith('seconds') ? 1 : 60;
        expect(read(tool.name, { [name]: ' 20m' }), `${tool.name}.${name}`).toEqual({ [name]: 1_200 / perUnit });
        expect(read(tool.name, { [name]: '1h 30 min' })).toEqual({ [name]: 5_400 / perUnit });
        expect(read(tool.name, { [name]: 'soon' })).toEqual({ [name]: 'soon' });
        const short = name.replace(/_seconds$/, '');
        if (short !== name) expect(read(tool.name, { [short]: '20m' })).toEqual({ [name]: 1_200 });
      }
    expect(fields).toBeGreaterThan(5);
    expect(read('remind', { body: 'b', in: '2 days' })).toEqual({ body: 'b', in_seconds: 172_800 });
    expect(read('remind', { body: 'b', in: '90' })).toEqual({ body: 'b', in_seconds: 90 });
    expect(() => read('remind', { body: 'b', in_seconds: 5, in: '2h' })).toThrow('There is no field "in"');
  });

  test('a value of a fixed list is accepted in any case by every tool that has one', () => {
    let fields = 0;
    for (const tool of listTools({ isMember: true }))
      for (const [name, field] of fieldsOf(tool.name))
        for (const word of field.enum ?? []) {
          fields += 1;
          expect(read(tool.name, { [name]: ` ${word.toUpperCase()}` }), `${tool.name}.${name}`).toEqual({
            [name]: word,
          });
        }
    expect(fields).toBeGreaterThan(10);
    expect(read('send', { priority: 'High', kind: 'Nonsense' })).toEqual({ priority: 'high', kind: 'Nonsense' });
  });

  test.each([null, 'null', '', ' ', 'Null', 'undefined'])(
    '%j for an optional field leaves it out, in every tool',
    (nothing) => {
      for (const tool of listTools({ isMember: true })) {
        const required = (tool.inputSchema['required'] ?? []) as string[];
        for (const name of fieldsOf(tool.name).map(([field]) => field))
          expect(read(tool.name, { [name]: nothing }), `${tool.name}.${name}`).toEqual(
            required.includes(name) && nothing !== null ? { [name]: expect.anything() } : {},
          );
      }
    },
  );

  test('an answer that a question offers is kept, even one named null', () => {
    const question = { to: 'a', body: 'b', kind: 'question', choices: ['null', 'some'], default: 'null' };
    expect(read('send', question)).toEqual(question);
  });

  test('a list written as JSON in a string is parsed; texts stay unchanged', () => {
    expect(read('send', { choices: '["a", "b"]', body: '["#12"]', to: '#topic' })).toEqual({
      choices: ['a', 'b'],
      body: '["#12"]',
      to: '#topic',
    });
    expect(read('send', { choices: '[a, b' })).toEqual({ choices: '[a, b' });
    expect(read('quiet', { minutes: '1.5' })).toEqual({ minutes: 1.5 });
  });
});

describe('an unknown field', () => {
  test.each([
    ['send', { to: 'a', message: 'hi' }, 'There is no field "message": did you mean body?'],
    ['send', { to: 'a', text: 'hi' }, 'There is no field "text": did you mean body?'],
    ['remind', { text: 'hi' }, 'There is no field "text": did you mean body?'],
    ['send', { to: 'a', body: 'b', inReplyTo: 3 }, 'There is no field "inReplyTo": did you mean in_reply_to?'],
    ['send', { recipient: 'a', body: 'b' }, 'There is no field "recipient": did you mean to?'],
    ['send', { to: 'a', body: 'b', prioritty: 'high' }, 'There is no field "prioritty": did you mean priority?'],
    ['thread', { thread_id: 3 }, 'There is no field "thread_id": did you mean id?'],
    ['download', { id: 3, name: 'x' }, 'There is no field "id": did you mean message?'],
    ['recv', { max: 3 }, 'There is no field "max": did you mean limit?'],
    ['recv', { colour: 3 }, 'There is no field "colour": what can be given is limit.'],
    ['status', { x: 1 }, 'There is no field "x": nothing more can be given.'],
    // A field that was given already cannot be the suggestion.
    ['search', { query: 'a', text: 'b' }, 'There is no field "text": what can be given is limit.'],
  ])('%s %j', (tool, given, words) => {
    expect(() => read(tool, given)).toThrow(expect.objectContaining({ code: 'invalid_input', message: words }));
  });

  test('is ignored when its value is empty', () => {
    expect(read('send', { to: 'a', body: 'b', cc: null })).toEqual({ to: 'a', body: 'b' });
  });

  test('of any length or name makes a short sentence', () => {
    for (const name of ['x'.repeat(100_000), '__proto__', 'constructor', 'toString'])
      expect(() => read('send', Object.fromEntries([[name, 1]]))).toThrow(/^There is no field "[^"]{1,64}": .{1,300}$/);
  });
});
