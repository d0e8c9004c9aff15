import { expect, test } from 'vitest';
import { watchTurn } from './watch-turn.ts';

function watch() {
  const signs: string[] = [];
  const watched = watchTurn(() => undefined);
  watched.begin(7, { onSign: () => void signs.push('sign'), onResult: () => void signs.push('result') });
  let id = 0;
  const call = (input: string, result: string, turn = 7) => {
    id += 1;
    watched.emit('turn.tool_call', { turn, id: `c${id}`, tool: 'Bash', input, truncated: false });
    watched.emit('turn.tool_result', { turn, id: `c${id}`, ok: true, text: result, truncated: false });
  };
  return { watched, signs, call };
}

test('the first sign of the turn is told once; what belongs to another turn or to none is no sign', () => {
  const { watched, signs, call } = watch();
  watched.emit('cli.started', { pid: 12, version: null, sessionId: null });
  watched.emit('turn.noise', { turn: null, lines: 1, sample: 'x' });
  call('ls', '', 6);
  expect([signs, watched.facts()]).toEqual([[], { calls: 0, output: 0, repeat: null, cli: 12 }]);
  watched.emit('turn.text', { turn: 7, text: 'hello', truncated: false });
  call('ls', 'a b');
  expect(signs).toEqual(['sign', 'result']);
  expect(watched.facts()).toMatchObject({ calls: 1, output: 'hello'.length + 'ls'.length + 'a b'.length });
  watched.end();
  call('ls', 'a b');
  expect(watched.facts().calls).toBe(1);
});

test('equal calls are counted with equal results anywhere, and in a row whatever the result', () => {
  const { watched, call } = watch();
  call('date', '12:00');
  call('date', '12:01');
  expect(watched.facts().repeat).toEqual({ tool: 'Bash', same: 1, inARow: 2 });
  call('make', 'error');
  expect(watched.facts().repeat).toBeNull();
  call('edit', 'ok');
  call('make', 'error');
  expect(watched.facts().repeat).toEqual({ tool: 'Bash', same: 2, inARow: 1 });
  call('make', 'error');
  expect(watched.facts().repeat).toEqual({ tool: 'Bash', same: 3, inARow: 2 });
});

test('a new turn begins with nothing', () => {
  const { watched, call } = watch();
  call('ls', 'a');
  watched.begin(8, { onSign: () => undefined, onResult: () => undefined });
  expect(watched.facts()).toMatchObject({ calls: 0, output: 0, repeat: null });
});
