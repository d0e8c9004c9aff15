import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { createSecretFinder, MOST_FOUND } from '../system/redact/find-secrets.ts';
import { createSearchServer, searchForSecrets } from './secret-search.ts';

const VALUE = 'the-value-of-a-token';
const finder = createSecretFinder([{ name: 'TOKEN', value: VALUE }]);
const never = new AbortController().signal;

let socket: string;
beforeEach(() => {
  const dir = mkdtempSync(join(tmpdir(), 'hive-search-'));
  socket = join(dir, 's');
  return () => rmSync(dir, { recursive: true });
});

async function listen(server: Server): Promise<void> {
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(socket, resolve));
}

async function* streamOf(...parts: readonly string[]) {
  for (const part of parts) yield Buffer.from(part);
}
const search = (open: () => AsyncIterable<Uint8Array>, signal = never, patienceMs = 60_000) =>
  searchForSecrets({ socket, patienceMs }, open, signal);

test('answers the places of secrets, also of one that came in two parts', async () => {
  await listen(createSearchServer(() => finder));
  expect(await search(() => streamOf('before ', VALUE.slice(0, 5), VALUE.slice(5), ' after'))).toEqual([
    { name: 'TOKEN', at: 7 },
  ]);
  expect(await search(() => streamOf())).toEqual([]);
});

test('a stream with very many is answered before its end', async () => {
  await listen(createSearchServer(() => finder));
  async function* endless() {
    for (;;) yield Buffer.from(VALUE.repeat(5_000));
  }
  expect(await search(endless)).toHaveLength(MOST_FOUND);
});

test('a server that comes late, or goes in the middle of an answer, is asked again with the whole stream', async () => {
  const dies = createServer((client) => void client.once('data', () => client.end('{"found":[')));
  let opened = 0;
  const open = () => {
    opened += 1;
    if (opened === 2) void listen(dies);
    if (opened === 4) {
      dies.close();
      void listen(createSearchServer(() => finder));
    }
    return streamOf(VALUE);
  };
  expect(await search(open)).toEqual([{ name: 'TOKEN', at: 0 }]);
  expect(opened).toBeGreaterThanOrEqual(4);
});

test('throws when nobody answers, when it is aborted, and what the stream throws', async () => {
  await expect(search(() => streamOf(VALUE), never, 0)).rejects.toMatchObject({ code: 'service_unavailable' });
  await listen(createSearchServer(() => finder));
  await expect(search(() => streamOf(VALUE), AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  async function* broken() {
    yield Buffer.from('a');
    throw new Error('broken stream');
  }
  await expect(search(broken)).rejects.toThrow('broken stream');
});
