import { expect, test } from 'vitest';
import type { ProviderTest } from '../../../../protocol/schemas/service.ts';
import { createProviderTests } from './provider-tests.ts';
import type { ProviderName } from '../../../../protocol/providers.ts';

const ANTHROPIC = 'anthropic' as ProviderName;

const FINE: ProviderTest = { ok: true, about: null, found: 'fine', advice: null };

function open(more: { running?: boolean; answerMs?: number } = {}) {
  const sent: string[] = [];
  const tests = createProviderTests({
    send: (line) => sent.push(line.id),
    isGatewayRunning: () => more.running ?? true,
    ...(more.answerMs === undefined ? {} : { answerMs: more.answerMs }),
  });
  return { sent, tests };
}

test('concurrent callers share the result of the running call; the next caller makes a call of its own', async () => {
  const { sent, tests } = open();
  const both = [tests.run(ANTHROPIC), tests.run(ANTHROPIC)];
  expect(sent).toHaveLength(1);
  tests.hear({ id: 'of somebody else', result: FINE });
  tests.hear({ id: sent[0]!, result: FINE });
  expect(await Promise.all(both)).toEqual([FINE, FINE]);
  const next = tests.run(ANTHROPIC);
  expect(sent).toHaveLength(2);
  // A late answer to the first call.
  tests.hear({ id: sent[0]!, result: { ...FINE, found: 'late' } });
  tests.hear({ id: sent[1]!, result: FINE });
  expect(await next).toEqual(FINE);
});

test('a gateway that does not run, exits during the test, or never answers is the reported fault', async () => {
  const off = open({ running: false });
  expect(await off.tests.run(ANTHROPIC)).toMatchObject({
    ok: false,
    about: 'gateway',
    found: 'The gateway does not run.',
  });
  expect(off.sent).toEqual([]);
  const dying = open();
  const result = dying.tests.run(ANTHROPIC);
  dying.tests.gatewayEnded();
  expect(await result).toMatchObject({ about: 'gateway', found: expect.stringContaining('ended') as string });
  const silent = open({ answerMs: 1 });
  expect(await silent.tests.run(ANTHROPIC)).toMatchObject({
    about: 'gateway',
    found: 'The gateway does not answer.',
  });
});
