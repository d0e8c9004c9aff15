import { expect, test } from 'vitest';
import { createReleasers } from './releasers.ts';

test('parts are released in reverse order, each once, and a failing release does not keep the others from running', async () => {
  const done: string[] = [];
  const opened = createReleasers<string>((error, part) => done.push(`${part}: ${String(error)}`));
  opened.add('first', (how) => void done.push(`first ${how}`));
  opened.add('second', async () => {
    throw new Error('stuck');
  });
  opened.add('third', async (how) => void done.push(`third ${how}`));
  await opened.releaseAll('now');
  await opened.releaseAll('again');
  expect(done).toEqual(['third now', 'second: Error: stuck', 'first now']);
});
