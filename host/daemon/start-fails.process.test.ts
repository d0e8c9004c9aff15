import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { openLog } from '../../system/log.ts';
import type { Places, Settings } from './config.ts';
import { createKnownSecrets } from './core/known-secrets.ts';
import { parseConfig } from './config/parse-config.ts';
import { startHived } from './hived.ts';
import { lockHive } from './lock.ts';
import { placesIn } from './testing/places-in.ts';

const log = openLog({ level: 'silent', output: process.stderr });

/** An obstacle for each step of the start, from the first that opens anything to the last before services run. */
const OBSTACLES: Record<string, (places: Places) => void> = {
  'its store': ({ database }) => mkdirSync(database, { recursive: true }),
  'directories of agents': ({ node }) => block(node.agents),
  'files of messages': ({ blobs }) => block(blobs),
  'the first agent': ({ node }) => block(join(node.agents, 'manager')),
  "hivectl's socket": ({ adminSocket }) => mkdirSync(join(adminSocket, 'in-the-way'), { recursive: true }),
};

function block(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
}

/** Descriptors of this process for files below a directory. */
function openBelow(dir: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(dir) ? [path] : [];
    } catch {
      return [];
    }
  });
}

test.for(Object.keys(OBSTACLES))('a start that fails at %s leaves nothing open', async (what) => {
  const home = mkdtempSync(join(tmpdir(), 'hive-start-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const places = placesIn(home);
  OBSTACLES[what]?.(places);
  const yaml = `engine: { socket: ${join(home, 'no-engine.sock')}, start: never }\n`;
  const settings: Settings = {
    config: parseConfig(yaml, 'config.yaml'),
    places,
    proxy: { https: null, http: null, noProxy: null, caFile: null } as never,
    caPem: null,
    prices: [],
    timeZone: 'UTC',
    privileged: false,
  };
  await expect(
    startHived(settings, { log, secrets: createKnownSecrets(), onShutdown: () => undefined }),
  ).rejects.toThrow();
  expect(openBelow(home)).toEqual([]);
  const sockets = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isSocket());
  expect(sockets.map(({ name }) => name)).toEqual([]);
  // After the obstacle is removed, a new start succeeds at once.
  lockHive(places, null).release();
});
