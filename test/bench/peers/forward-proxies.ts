import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { findFreePort } from '../../support/free-port.ts';
import { findProgram } from './find-program.ts';
import { handToServer, startServer } from './peer.ts';

/** A forward proxy of the bench's own. */
export interface ForwardProxy {
  readonly name: 'tinyproxy' | 'squid';
  readonly port: number;
  readonly pid: number;
  close(): Promise<void>;
}

/** Starts Debian's tinyproxy on loopback, open to everybody there; null when it is not installed. */
export async function startTinyproxy(dir: string, say: (line: string) => void): Promise<ForwardProxy | null> {
  const config = (port: number) => `Port ${port}\nListen 127.0.0.1\nTimeout 600\nMaxClients 100\nLogLevel Error
LogFile "${dir}/log"\nPidFile "${dir}/pid"\nAllow 127.0.0.1\n`;
  return startProxy('tinyproxy', { dir, say, config, args: (file) => ['-d', '-c', file] });
}

/** Starts Debian's squid on loopback, without a cache; null when it is not installed. */
export async function startSquid(dir: string, say: (line: string) => void): Promise<ForwardProxy | null> {
  const config = (port: number) => `http_port 127.0.0.1:${port}\nhttp_access allow all\ncache deny all\ncache_mem 8 MB
access_log none\ncache_log ${dir}/cache.log\ncache_store_log none\npid_filename ${dir}/pid\ncoredump_dir ${dir}
shutdown_lifetime 0 seconds\nvisible_hostname bench\npinger_enable off\n`;
  return startProxy('squid', { dir, say, config, args: (file) => ['-N', '-f', file] });
}

async function startProxy(
  name: ForwardProxy['name'],
  made: {
    dir: string;
    say: (line: string) => void;
    config: (port: number) => string;
    args: (file: string) => string[];
  },
): Promise<ForwardProxy | null> {
  const { dir, say, config, args } = made;
  const program = findProgram(name, say);
  if (program === null) return null;
  await mkdir(dir, { recursive: true });
  const port = await findFreePort();
  const file = join(dir, `${name}.conf`);
  await writeFile(file, config(port));
  await handToServer(dir);
  const server = await startServer({ program, args: args(file), cwd: dir, isReady: () => accepts(port) });
  return { name, port, ...server };
}

/** Whether somebody listens at a port of 127.0.0.1. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1').on('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
