import { expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import type { BoxStatus } from '../runtime.ts';
import { createKnownBoxes } from './known-boxes.ts';

const box = (agent: string, state: BoxStatus['state'] = 'running'): BoxStatus => ({
  id: `${agent}-1`,
  agent: agent as AgentName,
  generation: 1,
  state,
  fingerprint: '',
  exitCode: null,
  oomKilled: false,
  startedAt: 1,
  memoryMb: 512,
});

test('a box is known while events are heard, its state is the same and nothing happened to its agent', () => {
  const known = createKnownBoxes();
  const keep = (one: BoxStatus, asked = known.forgotten()) => known.keep(one, { forgotten: asked });
  const isKnown = (agent: string, state: BoxStatus['state'] = 'running') => known.find(`${agent}-1`, state) !== null;
  keep(box('scout'));
  expect(isKnown('scout')).toBe(false);
  known.listen();
  keep(box('scout'));
  keep(box('coder'));
  expect([isKnown('scout'), isKnown('scout', 'exited'), isKnown('coder')]).toEqual([true, false, true]);
  const asked = known.forgotten();
  known.forget('scout' as AgentName);
  // Asked for before it changed, answered after: it may be what it was before.
  keep(box('scout'), asked);
  expect([isKnown('scout'), isKnown('coder')]).toEqual([false, true]);
  known.lose();
  keep(box('coder'));
  expect(isKnown('coder')).toBe(false);
});
