import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HarnessBed, openHarnessBed, waitFor } from './start-harness.ts';

// Mail that arrives while a turn runs, with the real Claude Code and the demo model.

let bed: HarnessBed;

beforeEach(async () => {
  bed = await openHarnessBed();
});
afterEach(async () => {
  await bed.close();
});

const finished = (count: number) =>
  waitFor(() => bed.hived.finishes.length >= count && bed.hived.finishes, `${count} finished turns\n${bed.log()}`);
const eventsOf = (kind: string) => bed.hived.events.filter((event) => event.kind === kind);
const toolRuns = () => waitFor(() => eventsOf('turn.tool_call')[0], `a running tool\n${bed.log()}`);
const modelAsked = (times: number) => waitFor(() => bed.requests.length >= times, `request ${times} of the model`);
const inContext = () => eventsOf('delivery.in_context').map(({ data }) => data['messages']);
/** The new part of the n-th request to the model: everything after its own last text. */
function newIn(request: number): string {
  const messages = (bed.requests[request - 1]?.body.messages ?? []) as { role: string }[];
  return JSON.stringify(messages.slice(messages.findLastIndex(({ role }) => role === 'assistant') + 1));
}

test('mail that arrives during a long tool call is in the next request, with the result of the tool', async () => {
  await bed.start();
  bed.hived.deliver('@Bash {"command":"sleep 5; echo woke up"}');
  await toolRuns();
  bed.hived.deliverUrgent({ body: 'the plan changed', priority: 'critical' });
  const [turn] = await finished(1);
  expect(turn).toMatchObject({ outcome: 'done', toolCalls: 1, workCalls: 1 });
  expect(bed.requests).toHaveLength(2);
  expect(newIn(2)).toContain('woke up');
  expect(newIn(2)).toContain('the plan changed');
  expect(newIn(2)).toContain('The operator writes to you while you are working');
  expect(turn?.text).toContain('the plan changed');
  await waitFor(() => inContext().length === 2, 'two receipts');
  expect(inContext()).toEqual([[11], [12]]);
  expect(bed.hived.handled).toEqual([11, 12]);
});

test('mail that arrives during the final answer is answered before the turn is done, at the cost of both', async () => {
  await bed.start();
  bed.hived.deliver('@demo {"sleepMs":2000,"text":"the first answer"}');
  await modelAsked(1);
  bed.hived.deliverUrgent({ body: 'one more thing', priority: 'high' });
  bed.hived.deliverUrgent({ body: 'and another', priority: 'high' });
  const [turn] = await finished(1);
  expect(turn).toMatchObject({ outcome: 'done', toolCalls: 0 });
  expect(turn?.text).toMatch(/^the first answer\n\n[^]*one more thing/);
  expect(turn?.text).toContain('and another');
  expect(bed.hived.handled).toEqual([11, 12, 13]);
  await waitFor(() => inContext().flat().length === 3, 'three receipts');
  expect(bed.hived.finishes).toHaveLength(1);
  expect(eventsOf('cli.started')).toHaveLength(1);
  bed.hived.deliver('next');
  const [, next] = await finished(2);
  expect(next).toMatchObject({ outcome: 'done', sessionId: turn?.sessionId });
  expect(next?.usage.inputTokens).toBeLessThan(turn?.usage.inputTokens ?? 0);
});

test('mail that arrives while the CLI still starts is in the same turn', async () => {
  await bed.start();
  bed.hived.deliver('the first words');
  bed.hived.deliverUrgent({ body: 'hold on', priority: 'critical' });
  const [turn] = await finished(1);
  expect(turn).toMatchObject({ outcome: 'done' });
  expect(turn?.text).toContain('hold on');
  expect(bed.hived.handled).toEqual([11, 12]);
  await waitFor(() => inContext().flat().length === 2, 'two receipts');
  expect(eventsOf('cli.started')).toHaveLength(1);
});

test('an interrupt with mail that was not accepted yet: that mail takes effect only in a turn of its own', async () => {
  await bed.start();
  bed.hived.deliver('@Bash {"command":"sleep 60"}');
  await toolRuns();
  bed.hived.deliverUrgent('@Bash {"command":"echo acted"}');
  await waitFor(() => bed.hived.asked.some(({ known }) => known.length === 2), 'it was handed over');
  bed.hived.interrupt = true;
  const [turn] = await finished(1);
  expect(turn).toMatchObject({ outcome: 'interrupted' });
  expect(bed.hived.handled).toEqual([]);
  bed.hived.interrupt = false;
  bed.hived.deliver('go on');
  const [, next] = await finished(2);
  expect(next).toMatchObject({ outcome: 'done', sessionId: turn?.sessionId, toolCalls: 0 });
});
