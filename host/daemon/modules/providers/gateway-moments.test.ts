import { expect, test } from 'vitest';
import type { GatewayMoment } from '../../../../protocol/schemas/gateway.ts';
import { createGatewayMoments } from './gateway-moments.ts';

const MOMENT = { startedAt: 1 } as GatewayMoment;

function open(options: { running?: boolean; answerMs?: number } = {}) {
  const { running = true, ...rest } = options;
  const asked: string[] = [];
  const moments = createGatewayMoments({ send: ({ id }) => asked.push(id), isGatewayRunning: () => running, ...rest });
  return { moments, asked };
}

test('callers at the same time share one question; the next one asks again', async () => {
  const { moments, asked } = open();
  const [one, two] = [moments.ask(), moments.ask()];
  expect(asked).toHaveLength(1);
  moments.hear({ id: crypto.randomUUID(), moment: { ...MOMENT, startedAt: 2 } });
  moments.hear({ id: asked[0] ?? '', moment: MOMENT });
  expect([await one, await two]).toEqual([MOMENT, MOMENT]);
  void moments.ask();
  expect(asked).toHaveLength(2);
  moments.gatewayEnded();
});

test('a gateway that does not run, ends or says nothing has no answer', async () => {
  expect(await open({ running: false }).moments.ask()).toBeNull();
  expect(await open({ answerMs: 1 }).moments.ask()).toBeNull();
  const { moments } = open();
  const answer = moments.ask();
  moments.gatewayEnded();
  expect(await answer).toBeNull();
});
