import { chmod, mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CACHE_HEADER } from '../../protocol/check-places.ts';
import { restoreCaches, saveCaches } from './caches.ts';

let dir: string;
let server: Server;
let places: Parameters<typeof restoreCaches>[1];
const kept = new Map<string, Buffer>();
let said: string[];
const how = () => ({ say: (line: string) => said.push(line), signal: new AbortController().signal });

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'caches-'));
  for (const name of ['work', 'home']) await mkdir(join(dir, 'box', name), { recursive: true });
  places = { root: join(dir, 'box'), socketPath: join(dir, 'agent.sock'), PATH: '/usr/bin:/bin' };
  [said] = [[]];
  kept.clear();
  server = createServer((call, answer) => {
    const path = call.url ?? '';
    if (call.method !== 'PUT') {
      const found = kept.get(path);
      answer
        .writeHead(found === undefined ? 404 : 200, { [CACHE_HEADER]: 'exact' })
        .end(call.method === 'HEAD' ? '' : (found ?? '{}'));
      return;
    }
    const parts: Buffer[] = [];
    call.on('data', (part: Buffer) => parts.push(part));
    call.once('end', () => {
      kept.set(path, Buffer.concat(parts));
      answer.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(places.socketPath, resolve));
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(dir, { recursive: true, force: true });
});

const CACHES = [
  { key: 'deps', paths: ['node_modules', '~/.npm', 'absent'] },
  { key: 'none', paths: ['nothing'] },
];

test('what was saved is there again, below the checkout and the home directory', async () => {
  const { root } = places;
  await mkdir(join(root, 'work/node_modules/x'), { recursive: true });
  await mkdir(join(root, 'home/.npm'));
  await writeFile(join(root, 'work/node_modules/x/run'), '#!/bin/sh\n');
  await chmod(join(root, 'work/node_modules/x/run'), 0o755);
  await symlink('x/run', join(root, 'work/node_modules/link'));
  await writeFile(join(root, 'home/.npm/index'), 'x'.repeat(100_000));
  expect(await saveCaches(CACHES, places, how())).toBe(1);
  expect(said).toEqual([
    '[cache "deps": saved; it counts when this is merged]',
    '[cache "none": not saved, none of its paths is there]',
  ]);
  expect([...kept.keys()]).toEqual(['/check/caches/0']);
  // Packed well below its size.
  expect(kept.get('/check/caches/0')!.length).toBeLessThan(10_000);
  // One that is there is not sent again.
  const before = kept.get('/check/caches/0');
  expect([await saveCaches(CACHES.slice(0, 1), places, how()), said.length]).toEqual([0, 2]);
  expect(kept.get('/check/caches/0')).toBe(before);
  await rm(root, { recursive: true });
  await mkdir(root);
  said = [];
  await restoreCaches(CACHES, places, how());
  expect(said).toEqual(['[cache "deps": restored]', '[cache "none": there is none yet]']);
  expect(await readFile(join(root, 'home/.npm/index'), 'utf8')).toHaveLength(100_000);
  expect(await readlink(join(root, 'work/node_modules/link'))).toBe('x/run');
});

test('a cache that cannot be read, or a program that is missing, is a line and no end of the run', async () => {
  kept.set('/check/caches/0', Buffer.from('no archive'));
  await restoreCaches(CACHES.slice(0, 1), places, how());
  expect(said).toEqual([expect.stringMatching(/^\[cache "deps": .*incorrect header check/)]);
  kept.clear();
  await mkdir(join(places.root, 'work/node_modules'));
  expect(await saveCaches(CACHES.slice(0, 1), { ...places, PATH: '/nonexistent' }, how())).toBe(1);
  expect([said.at(-1), kept.size]).toEqual([expect.stringContaining('not saved'), 0]);
});
