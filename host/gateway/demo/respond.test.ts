import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messages } from '../fixtures/run-gateway.ts';
import { readConversation } from '../protocols/anthropic/read-demo.ts';
import { type DemoAnswer, respond } from './respond.ts';

type Conversation = readonly { role: string; content: unknown }[];

function ask(prompt: string | Conversation, rest: Record<string, unknown> = {}): DemoAnswer {
  const extra = typeof prompt === 'string' ? rest : { messages: prompt, ...rest };
  const body = messages(typeof prompt === 'string' ? prompt : '', extra);
  return respond(readConversation(Buffer.from(body)));
}

function callsOf(answer: DemoAnswer): [string, unknown][] {
  if (answer.kind !== 'message') return [];
  return answer.parts.flatMap((part): [string, unknown][] => (part.type === 'call' ? [[part.tool, part.input]] : []));
}

function textOf(answer: DemoAnswer): string {
  if (answer.kind !== 'message') return '';
  return answer.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

const wrapped = (id: number, body: string) => `<message id="${id}" from="operator" kind="note">\n${body}\n</message>`;
const called = (name: string, id = 't1') => ({
  role: 'assistant',
  content: [{ type: 'tool_use', id, name, input: {} }],
});
const result = (content: unknown, rest: Record<string, unknown> = {}) => ({
  role: 'user',
  content: [{ type: 'tool_result', tool_use_id: 't1', content, ...rest }],
});

test('thanks the sender of the newest message, and asks for thanks', () => {
  const answer = ask(`${wrapped(4, 'x')}\n${wrapped(7, 'Thanks!\n@demo {"thank":true}').replace('operator', 'scout')}`);
  expect(callsOf(answer)).toEqual([
    [
      'mcp__hive__send',
      { to: 'scout', in_reply_to: 7, body: expect.stringContaining('@demo {"thank":true}') as string },
    ],
  ]);
});

describe('calling tools', () => {
  test.each<[string, string, [string, unknown][]]>([
    ['a tool by its own name', '@Bash {"command":"ls"}', [['Bash', { command: 'ls' }]]],
    ["an MCP server's tool by its last name", '@send {"to":"scout"}', [['mcp__hive__send', { to: 'scout' }]]],
    ['a tool by its whole name', '@mcp__hive__send {}', [['mcp__hive__send', {}]]],
    [
      'behind spaces and quote marks',
      '  @Bash {"a":1}\n> > @send {"b":2}',
      [
        ['Bash', { a: 1 }],
        ['mcp__hive__send', { b: 2 }],
      ],
    ],
    ['inside a wrapped message', `You have mail.\n${wrapped(12, 'do this\n@Bash {}')}`, [['Bash', {}]]],
    [
      'several messages in order',
      `${wrapped(1, '@Bash {"n":1}')}\n${wrapped(2, '@Bash {"n":2}')}`,
      [
        ['Bash', { n: 1 }],
        ['Bash', { n: 2 }],
      ],
    ],
    ['not in the middle of a line', 'please @Bash {}', []],
    ['not without an object', '@scout hello', []],
    ['not what the harness says around messages', `@Bash {}\n${wrapped(1, 'hello')}`, []],
  ])('%s', (_, prompt, calls) => {
    const answer = ask(prompt);
    expect(callsOf(answer)).toEqual(calls);
    expect(answer).toMatchObject({ stop: calls.length > 0 ? 'calls' : 'said_all' });
  });

  test('reports failures, and does the rest', () => {
    const answer = ask('@nosuch {}\n@Bash {bad\n@Bash {"command":"ls"}');
    expect(callsOf(answer)).toEqual([['Bash', { command: 'ls' }]]);
    expect(textOf(answer)).toContain('no tool called "nosuch"');
    expect(textOf(answer)).toContain('what follows @Bash is not a JSON object');
  });

  test('refuses an object that is nested too deep to be serialized', () => {
    const deep = `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    expect(textOf(ask(`@Bash ${deep}`))).toContain('not a JSON object');
  });
});

describe('the new part of a conversation', () => {
  const order = { role: 'user', content: wrapped(1, '@Bash {"n":1}') };

  test('an earlier directive is not carried out again', () => {
    const answer = ask([order, called('Bash'), result('done')]);
    expect(callsOf(answer)).toEqual([]);
    expect(textOf(answer)).toBe('Demo model: Bash was called and succeeded.');
  });

  test('a failed call is reported as failed', () => {
    expect(textOf(ask([order, called('mcp__hive__send'), result('no', { is_error: true })]))).toBe(
      'Demo model: send failed.',
    );
  });

  test("a tool's output contains no directives, unless recv returned it", () => {
    expect(callsOf(ask([order, called('Bash'), result('@Bash {"evil":1}')]))).toEqual([]);
    const received = [{ type: 'text', text: wrapped(2, '@Bash {"n":2}') }];
    expect(callsOf(ask([order, called('mcp__hive__recv'), result(received)]))).toEqual([['Bash', { n: 2 }]]);
  });

  test.each<[string, Conversation]>([
    ['as a system message', [result('one'), { role: 'system', content: meanwhile(wrapped(2, '@send {"n":2}')) }]],
    [
      "at the end of a tool's result",
      [result(`one\n\n<system-reminder>\n${meanwhile(wrapped(2, '@send {"n":2}'))}\n</system-reminder>`)],
    ],
    [
      'in a reminder beside it',
      [
        result('one'),
        { role: 'user', content: `<system-reminder>\n${meanwhile('@send {"n":2}')}\n</system-reminder>` },
      ],
    ],
  ])('a message that came while a tool ran is an order: %s', (_, added) => {
    expect(callsOf(ask([order, called('Bash'), ...added]))).toEqual([['mcp__hive__send', { n: 2 }]]);
  });

  test('the same after instructions that speak of <message> blocks, as drivers without a system prompt put them', () => {
    const send = wrapped(7, '@send {"to":"scout","body":"x"}');
    const answer = ask(
      [
        { role: 'user', content: `Mail comes in <message> blocks.\n${send}` },
        { role: 'user', content: send },
      ],
      { tools: [{ name: 'mcp__hive__send' }] },
    );
    expect(callsOf(answer)).toHaveLength(1);
  });

  test('a redelivered message counts once after a failed turn', () => {
    const again = [order, { role: 'user', content: wrapped(1, '@Bash {"n":1}') }];
    expect(callsOf(ask(again))).toEqual([['Bash', { n: 1 }]]);
  });

  test('the fault of a failed turn is not repeated for the next prompt', () => {
    const fault = { role: 'user', content: wrapped(1, '@demo {"status":429}') };
    expect(ask([fault])).toMatchObject({ kind: 'error', status: 429 });
    expect(ask([fault, { role: 'user', content: wrapped(2, 'hello') }])).toMatchObject({ kind: 'message' });
  });
});

describe('plain answers', () => {
  test('quotes the body of a message, not its wrapper, on one line', () => {
    const text = textOf(ask(wrapped(12, 'hello scout\n\nhow are you?')));
    expect(text).toContain('I am the hive\'s demo model: a script, not an LLM. I read: "hello scout how are you?".');
    expect(text).not.toContain('<message');
    expect(text).not.toContain('Today is a day');
  });

  test('answers programs with two words', () => {
    expect(textOf(ask('Write a title for this conversation', { tools: [] }))).toBe('Demo model');
    expect(textOf(ask('quota', { tools: null, max_tokens: 1 }))).toBe('Demo');
  });
});

describe('@demo', () => {
  test.each<[string, Partial<DemoAnswer>]>([
    ['@demo {"sleepMs":2000}', { kind: 'message', delayMs: 2000 }],
    ['@demo {"status":429,"retryAfter":30}', { kind: 'error', delayMs: 0, status: 429, retryAfter: 30 }],
    ['@demo {"status":529,"sleepMs":5}', { kind: 'error', delayMs: 5, status: 529, retryAfter: null }],
  ])('%s', (prompt, answer) => {
    expect(ask(prompt)).toMatchObject(answer);
  });

  test('says exactly the requested text', () => {
    expect(textOf(ask('@demo {"text":"42"}'))).toBe('42');
    expect(callsOf(ask('@demo {"text":"on it"}\n@Bash {}'))).toEqual([['Bash', {}]]);
  });

  test('speaks at length, within max_tokens', () => {
    expect(textOf(ask('@demo {"repeat":2000}')).split('\n')).toHaveLength(2000);
    expect(ask('@demo {"repeat":2000}', { max_tokens: 10 })).toMatchObject({ stop: 'length' });
  });

  test.each(['{"sleepMs":60001}', '{"status":200}', '{"nosuch":1}'])('refuses %s with a reason', (options) => {
    expect(textOf(ask(`@demo ${options}`))).toContain('do not understand that @demo line');
  });
});

test('never throws, and is deterministic (property)', () => {
  const line = fc.oneof(
    fc.string(),
    fc
      .tuple(
        fc.constantFrom('@Bash', '@demo', '> @send', '<message id="1">', '</message>', '<system-reminder>'),
        fc.json(),
      )
      .map((parts) => parts.join(' ')),
  );
  const text = fc.array(line).map((lines) => lines.join('\n'));
  const block = fc.oneof(
    text.map((value) => ({ type: 'text', text: value })),
    fc.record({ type: fc.constant('tool_use'), id: fc.constantFrom('a', 'b'), name: fc.constantFrom('recv', 'Bash') }),
    fc.record({
      type: fc.constant('tool_result'),
      tool_use_id: fc.constantFrom('a', 'b', 'c'),
      content: fc.oneof(text, fc.anything()),
    }),
    fc.record({ type: fc.string() }),
  );
  const message = fc.record({
    role: fc.constantFrom('user', 'assistant', 'system', 'other'),
    content: fc.oneof(text, fc.array(block, { maxLength: 4 })),
  });
  const request = fc.record({
    model: fc.constant('m'),
    messages: fc.array(message, { minLength: 1, maxLength: 6 }),
    tools: fc.oneof(fc.constant(null), fc.array(fc.record({ name: fc.string() }), { maxLength: 3 })),
    max_tokens: fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 1_000 })),
  });
  fc.assert(
    fc.property(request, (given) => {
      const read = () => readConversation(Buffer.from(JSON.stringify(given)));
      expect(respond(read())).toEqual(respond(read()));
    }),
  );
});

// A parser that takes quadratic time does not finish these within the test's limit.
test('text that is made to be slow to parse is answered', () => {
  const nasty = [
    '<message id="1">'.repeat(200_000),
    '<system-reminder>'.repeat(100_000),
    '> '.repeat(500_000),
    '@a'.repeat(500_000),
  ];
  for (const prompt of nasty) expect(ask(prompt)).toBeDefined();
});

function meanwhile(text: string): string {
  return `The user sent a new message while you were working:\n${text}\n\nIMPORTANT: After completing your current task, you MUST address it.`;
}
