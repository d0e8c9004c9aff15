import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { GatewayControl, UsageRecord } from '../../../protocol/schemas/service.ts';
import { type MockProvider, startMockProvider } from '../fixtures/mock-provider.ts';
import { MANAGER, messages, runGateway, type RunningGateway, SCOUT } from '../fixtures/run-gateway.ts';
import { STREAM, STREAM_COST_USD, WHOLE } from '../protocols/anthropic/fixtures/answers.ts';

type Budget = Extract<GatewayControl, { type: 'budgets' }>['budgets'][number];

let upstream: MockProvider;
let hive: RunningGateway;
/** The gateway's clock stands still: reports of one second. */
const now = 1_800_000_000_000;
beforeEach(async () => {
  upstream = await startMockProvider(STREAM);
  hive = await runGateway({ baseUrl: upstream.url, key: 'sk-a-key', limits: { budgetHoldMs: 60_000 }, now: () => now });
});
afterEach(async () => {
  await hive.stop();
  await upstream.close();
});

/** What hived would say of a budget. */
async function tell(amount: number, more: Partial<Budget> = {}): Promise<void> {
  const budget = {
    id: 7,
    window: 0,
    agents: [SCOUT, MANAGER],
    unit: 'usd' as const,
    spent: 0,
    words: 'The budget is used up.',
  };
  await hive.gateway.apply({ type: 'budgets', instance: '', upTo: 0, budgets: [{ ...budget, amount, ...more }] });
}
const ask = (agent = SCOUT, body = messages('hi')) => hive.ask(agent, { body });
const event = (data: { type: string; [field: string]: unknown }) =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;

test('a call under a budget is answered and counted as without one', async () => {
  await tell(1);
  const answer = await ask();
  expect(await answer.body.text()).toBe(STREAM.join(''));
  await vi.waitFor(() => expect(hive.records()).toMatchObject([{ call: 1, usage: { costUsd: STREAM_COST_USD } }]));
  // 64,000 tokens of output at 15 dollars a million, and the request.
  expect(hive.around.started[0]?.reservedUsd).toBeGreaterThan(0.96);
  expect(hive.around.started[0]?.reservedTokens).toBeGreaterThan(64_000);
});

test.each([0.5, -5, 1e300])('a request with a limit of %d tokens is reported as others are', async (max_tokens) => {
  await (await ask(SCOUT, messages('hi', { max_tokens }))).body.dump();
  await vi.waitFor(() => expect(hive.records()).toHaveLength(1));
  expect(hive.around.started).toHaveLength(1);
});

test('an answer under a name that no list has counts as the model that was asked', async () => {
  await tell(1);
  const renamed = STREAM.map((one) => one.replaceAll(/"model":"[^"]*"/g, '"model":"claude-sonnet-4-5-preview-x"'));
  upstream.answer = (response) =>
    void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(renamed.join(''));
  await (await ask()).body.dump();
  await vi.waitFor(() => expect(hive.records()).toHaveLength(1));
  expect(hive.records()[0]).toMatchObject({ usage: { costUsd: null }, counted: { usd: STREAM_COST_USD } });
});

test('an answer in which nothing can be counted counts with all that was reserved; a page of a proxy with nothing', async () => {
  await tell(10);
  const answer = (type: string, body: string) => {
    upstream.answer = (response) => void response.writeHead(200, { 'content-type': type }).end(body);
    return ask().then(({ body: text }) => text.dump());
  };
  await answer('application/json', '{"type":"message","content":[]}');
  await answer('text/html', '<html>sign in here</html>');
  await vi.waitFor(() => expect(hive.records()).toHaveLength(2));
  expect(hive.records()[0]?.counted?.usd).toBeGreaterThan(0.96);
  expect(hive.records()[1]?.counted).toEqual({ usd: 0, tokens: 0 });
});

test('an answer that uses a budget up is broken off in the middle; hived is told before, and the next call is refused', async () => {
  await tell(0.01);
  let closed = false;
  upstream.answer = (response) => {
    response.on('close', () => (closed = true));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const one of STREAM.slice(0, 3)) response.write(one);
    const text = 'x'.repeat(40);
    const more = () => {
      if (closed) return;
      response.write(event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }), () =>
        setImmediate(more),
      );
    };
    more();
  };
  const answer = await ask();
  await expect(answer.body.text()).rejects.toThrow();
  expect(hive.around.budgetStops).toMatchObject([{ agent: SCOUT, budget: 7, window: 0, cut: true }]);
  await vi.waitFor(() => expect(hive.records()).toHaveLength(1));
  const cost = hive.records()[0]?.usage.costUsd ?? 0;
  expect(cost).toBeGreaterThan(0.01);
  expect(cost).toBeLessThan(0.011);
  await vi.waitFor(() => expect(closed).toBe(true));

  const refused = await ask();
  expect([refused.statusCode, refused.headers['x-should-retry']]).toEqual([402, 'false']);
  expect(await refused.body.json()).toEqual({
    type: 'error',
    error: {
      type: 'billing_error',
      message: 'The budget is used up. Your mail waits; the operator can raise it: hivectl budget ls',
    },
  });
  expect(upstream.seen).toHaveLength(1);
  expect(hive.around.budgetStops).toMatchObject([{ cut: true }, { cut: false }]);
  // Refused calls cost nothing and are not reported.
  expect(hive.records()).toHaveLength(1);
});

test('twenty calls at once under one budget overshoot it by less than one call, and none is lost', async () => {
  const limit = STREAM_COST_USD * 7.5;
  await tell(limit);
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => ask(n % 2 === 0 ? SCOUT : MANAGER)));
  const statuses = await Promise.all(
    answers.map(async (answer) => {
      await answer.body.dump().catch(() => undefined);
      return answer.statusCode;
    }),
  );
  const served = statuses.filter((status) => status === 200).length;
  expect(statuses.filter((status) => status === 402)).toHaveLength(20 - served);
  // One may have been broken off before anything of its answer was sent: it was refused, and paid for.
  const cut = hive.around.budgetStops.filter((stop) => stop.cut).length;
  expect(cut).toBeLessThanOrEqual(1);
  await vi.waitFor(() => expect(hive.records()).toHaveLength(served + cut));
  const total = hive.records().reduce((sum, one) => sum + (one.usage.costUsd ?? 0), 0);
  // As much as fits was used.
  expect(total).toBeGreaterThan(limit - 2 * STREAM_COST_USD);
  expect(total).toBeLessThan(limit + STREAM_COST_USD);
});

test('a program that calls in a loop under a used budget is refused each time, and hived hears of it once a second', async () => {
  await tell(0.01, { spent: 1 });
  for (let n = 0; n < 10; n += 1) expect((await ask()).statusCode).toBe(402);
  expect(hive.around.budgetStops).toHaveLength(1);
  expect(hive.around.budgetStops).toMatchObject([{ agent: SCOUT, cut: false }]);
});

test('an answer in one piece that comes in parts counts as a whole', async () => {
  await tell(1);
  let finish: () => void = () => undefined;
  upstream.answer = (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(WHOLE.slice(0, 100));
    finish = () => response.end(WHOLE.slice(100));
  };
  const answer = await ask(SCOUT, messages('hi', { stream: false }));
  let text = '';
  for await (const part of answer.body) {
    text += String(part);
    finish();
  }
  expect(text).toBe(WHOLE);
  await vi.waitFor(() =>
    expect(hive.records()).toMatchObject([{ usage: { outputTokens: 50, costUsd: STREAM_COST_USD } }]),
  );
});

describe('an answer that its box does not wait for', () => {
  /** Asks, leaves when the provider has done `answer`, and asks again. */
  async function askAndLeave(stream: boolean, answer: MockProvider['answer']): Promise<UsageRecord | undefined> {
    await tell(0.5);
    const leave = new AbortController();
    upstream.answer = answer;
    const body = messages('hi', { stream });
    async function readUntilLeft(): Promise<void> {
      const begun = await hive.ask(SCOUT, { body, signal: leave.signal });
      for await (const _ of begun.body) leave.abort();
    }
    const read = readUntilLeft();
    void read.catch(() => undefined);
    await vi.waitFor(() => expect(upstream.seen).toHaveLength(1));
    if (answer === SILENT) leave.abort();
    await expect(read).rejects.toThrow();
    await vi.waitFor(() => expect(hive.records()).toHaveLength(1));
    upstream.answer = (response) => void response.end(WHOLE);
    return hive.records()[0];
  }
  const SILENT: MockProvider['answer'] = () => undefined;

  test.each([
    ['before it begins', SILENT],
    [
      'in the middle',
      ((response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write(WHOLE.slice(0, 100));
      }) satisfies MockProvider['answer'],
    ],
  ])('in one piece, left %s, counts as what was reserved', async (_, answer) => {
    const record = await askAndLeave(false, answer);
    expect(record).toMatchObject({ estimated: true, usage: { costUsd: null } });
    expect(record?.counted?.usd).toBeGreaterThan(0.96);
    expect(record?.counted?.tokens).toBeGreaterThan(64_000);
    expect((await ask()).statusCode).toBe(402);
  });

  test('as a stream, left before it begins, counts as its request', async () => {
    const record = await askAndLeave(true, SILENT);
    expect(record).toMatchObject({ estimated: true, counted: null, status: 0 });
    expect(record?.usage.inputTokens).toBeGreaterThan(50);
    expect(record?.usage.costUsd).toBeGreaterThan(0.0001);
    expect(record?.usage.costUsd).toBeLessThan(0.01);
    expect((await ask()).statusCode).toBe(200);
  });

  test('because the provider gives none costs nothing', async () => {
    await tell(0.5);
    upstream.answer = (response) => void response.destroy();
    expect((await ask(SCOUT, messages('hi', { stream: false }))).statusCode).toBe(502);
    await vi.waitFor(() =>
      expect(hive.records()).toMatchObject([{ estimated: false, counted: null, usage: { costUsd: 0 } }]),
    );
  });
});

describe('a budget', () => {
  test('that others have reserved makes a call wait, and one that is raised lets it go on', async () => {
    let finish: (() => void) | null = null;
    upstream.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(STREAM[0]);
      finish = () => response.end(STREAM.slice(1).join(''));
    };
    await tell(0.5);
    const first = await ask();
    let second: number | null = null;
    const waiting = ask(MANAGER).then((answer) => {
      second = answer.statusCode;
      return answer.body.dump().catch(() => undefined);
    });
    await vi.waitFor(() => expect(finish).not.toBeNull());
    expect([second, upstream.seen.length]).toEqual([null, 1]);
    const firstEnds = finish as unknown as () => void;
    await tell(5);
    await vi.waitFor(() => expect(upstream.seen).toHaveLength(2));
    firstEnds();
    await first.body.dump();
    (finish as unknown as () => void)();
    await waiting;
    expect(second).toBe(200);
  });

  test('of requests or tokens stops the demo model’s agents too; one in dollars does not, as it costs none', async () => {
    await hive.setKey(null);
    await tell(0.0001, { spent: 1 });
    expect((await ask()).statusCode).toBe(200);
    await tell(2, { unit: 'requests', spent: 1 });
    const first = await ask();
    await first.body.dump();
    const statuses = [first.statusCode, (await ask()).statusCode, (await ask(MANAGER)).statusCode];
    expect(statuses).toEqual([200, 402, 402]);
    await tell(2, { unit: 'requests', agents: [MANAGER] });
    expect((await ask()).statusCode).toBe(200);
  });

  test('in dollars refuses a model whose price nobody knows, and asks nobody', async () => {
    await tell(5);
    const answer = await ask(SCOUT, messages('hi', { model: 'claude-unheard-of-9' }));
    expect(answer.statusCode).toBe(402);
    expect(await answer.body.json()).toMatchObject({
      error: { message: expect.stringContaining('No price is known') as string },
    });
    expect(upstream.seen).toEqual([]);
  });

  test('does not stop free calls', async () => {
    await tell(0.01, { spent: 1 });
    upstream.answer = (response) => void response.writeHead(200).end('{"input_tokens":5}');
    const answer = await hive.ask(SCOUT, { path: '/v1/messages/count_tokens', body: messages('hi') });
    expect(await answer.body.json()).toEqual({ input_tokens: 5 });
  });
});
