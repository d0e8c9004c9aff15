import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import { benchDir } from '../places.ts';
import { programOf } from './install.ts';
import { BODY, CALLERS, handToServer, type Peer, runAsServer, withServer } from './peer.ts';

const loadReport = z.object({ sent: z.int(), rate: z.number() });
/** The server chooses its port and writes its address to a file. */
const ports = z.object({ nats: z.array(z.string()).min(1) });

/** The first version with `sync_interval`. Older ones acknowledge data that is not on disk yet. */
const FIRST_WITH_SYNC = { major: 2, minor: 10 };

/** NATS JetStream on file storage; over loopback TCP, because it does not support Unix sockets. */
export async function prepareNats(dir: string, say: (line: string) => void): Promise<Peer> {
  const program = programOf('nats-server');
  const portsDir = join(dir, 'ports');
  const config = join(dir, 'nats.conf');
  await mkdir(portsDir, { recursive: true });
  await Promise.all([handToServer(dir), handToServer(portsDir)]);
  const version = await runAsServer(program, { args: ['--version'], cwd: dir });
  const canSync = hasSync(version);
  if (!canSync) say(`${version.trim()} has no sync_interval: its acknowledgements do not wait for the disk`);
  const sync = canSync ? 'sync_interval: always' : '';
  await writeFile(
    config,
    `listen: "127.0.0.1:-1"\nports_file_dir: "${portsDir}"\njetstream { store_dir: "${join(dir, 'store')}"\n ${sync} }\n`,
  );
  let url: string | undefined;
  const server = {
    program,
    args: ['-c', config],
    cwd: dir,
    isReady: async () => {
      url = await readUrl(portsDir);
      return url !== undefined;
    },
  };
  return {
    name: 'peer.nats',
    measure: async (seconds) => {
      const rate = await withServer(server, async () => {
        const args = [join(benchDir, 'peers/load-nats.mjs'), url!, String(CALLERS), String(seconds), BODY];
        const { stdout } = await promisify(execFile)(process.execPath, args);
        return loadReport.parse(JSON.parse(stdout)).rate;
      });
      await rm(join(dir, 'store'), { recursive: true, force: true });
      return rate;
    },
  };
}

function hasSync(version: string): boolean {
  const [, major = 0, minor = 0] = /v(\d+)\.(\d+)/.exec(version)?.map(Number) ?? [];
  return major > FIRST_WITH_SYNC.major || (major === FIRST_WITH_SYNC.major && minor >= FIRST_WITH_SYNC.minor);
}

/** The ports file exists only while the server runs. */
async function readUrl(portsDir: string): Promise<string | undefined> {
  const [file] = await readdir(portsDir);
  if (file === undefined) return undefined;
  try {
    return ports.parse(JSON.parse(await readFile(join(portsDir, file), 'utf8'))).nats[0];
  } catch {
    return undefined; // half written
  }
}
