import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { answerDemo } from '../../demo/answer-demo.ts';
import { openaiResponses } from './openai-responses.ts';

const MCP = { type: 'namespace', name: 'mcp__hive', tools: [{ type: 'function', name: 'send' }, { type: 'custom', name: 'draw' }] }; // prettier-ignore
const TOOLS = [{ type: 'function', name: 'exec_command' }, MCP, { type: 'web_search' }];

async function ask(input: unknown, rest: object = {}): Promise<string> {
  const body = Buffer.from(JSON.stringify({ model: 'm', input, tools: TOOLS, ...rest }));
  const [route] = openaiResponses.routes;
  if (route === undefined) throw new Error('no route');
  const answer = await answerDemo(
    { protocol: openaiResponses, target: { route, params: {}, query: {} }, body },
    new AbortController().signal,
  );
  return typeof answer.body === 'string' ? answer.body : text(answer.body as Readable);
}

test('a tool of an MCP server is called by its name and its namespace', async () => {
  const { output } = JSON.parse(await ask('@send {"to":"scout"}')) as { output: unknown[] };
  expect(output).toMatchObject([
    { type: 'function_call', name: 'send', namespace: 'mcp__hive', arguments: '{"to":"scout"}' },
  ]);
  const heard = await ask([
    { role: 'user', content: '@send {}' },
    { type: 'function_call', call_id: 'a', name: 'send', namespace: 'mcp__hive', arguments: '{}' },
    { type: 'function_call_output', call_id: 'a', output: [{ type: 'input_text', text: 'sent' }] },
  ]);
  expect(heard).toContain('Demo model: send was called and succeeded.');
});

test('the calls of one answer have their results in the next request', async () => {
  const heard = await ask([
    { role: 'user', content: '@exec_command {}\n@send {}' },
    { type: 'function_call', call_id: 'a', name: 'exec_command', arguments: '{}' },
    { type: 'reasoning', summary: [] },
    { type: 'function_call', call_id: 'b', name: 'send', namespace: 'mcp__hive', arguments: '{}' },
    { type: 'function_call_output', call_id: 'a', output: 'x' },
    { type: 'function_call_output', call_id: 'b', output: 'y' },
  ]);
  expect(heard).toContain('exec_command was called and succeeded, send was called and succeeded.');
});

test('the events of a stream are numbered, and the last one says that the answer is cut', async () => {
  const stream = await ask('@demo {"repeat":50}', { stream: true, max_output_tokens: 16 });
  const events = [...stream.matchAll(/^event: (.+)\ndata: (.+)$/gm)].map(([, name, data = '']) => {
    const said = JSON.parse(data) as { type: string; sequence_number: number; response?: object };
    expect(said.type).toBe(name);
    return said;
  });
  expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
  expect(events.at(0)?.type).toBe('response.created');
  expect(events.at(-1)).toMatchObject({
    type: 'response.incomplete',
    response: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
  });
});
