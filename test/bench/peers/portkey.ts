import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePort } from '../../support/free-port.ts';
import { benchDir, top } from '../places.ts';
import { accepts } from './forward-proxies.ts';
import { startServer } from './peer.ts';

const VERSION = '1.15.2';
const dir = join(top, '.cache/bench/portkey');
const program = join(dir, 'node_modules/@portkey-ai/gateway/build/start-server.js');

/** Portkey's gateway on loopback, from npm, outside of the project's dependencies; null when it cannot be had. */
export async function startPortkey(
  say: (line: string) => void,
): Promise<{ port: number; pid: number; close: () => Promise<void> } | null> {
  try {
    await install(say);
    const port = await findFreePort();
    const onLoopback = join(benchDir, 'peers/portkey-on-loopback.mjs');
    const server = await startServer({
      program: process.execPath,
      args: ['--import', onLoopback, program, `--port=${port}`, '--headless'],
      cwd: dir,
      isReady: () => accepts(port),
    });
    return { port, ...server };
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split('\n');
    say(`@portkey-ai/gateway is left out: it could not be installed and started (${reason}).`);
    return null;
  }
}

async function install(say: (line: string) => void): Promise<void> {
  if (existsSync(program)) return;
  say('installing @portkey-ai/gateway into .cache/bench/portkey, to be measured beside ours');
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'package.json'), '{"private":true}\n');
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', `@portkey-ai/gateway@${VERSION}`];
  await promisify(execFile)('npm', args, { cwd: dir, timeout: 300_000 });
}
