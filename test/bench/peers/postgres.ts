import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { programOf } from './install.ts';
import { BODY, CALLERS, handToServer, type Peer, runAsServer, withServer } from './peer.ts';

/** Tables for the rows of a send, with the relevant columns and the same indexes. */
const TABLES = `
CREATE TABLE messages (id bigserial PRIMARY KEY, thread bigint NOT NULL, sender text NOT NULL, recipient text NOT NULL,
  kind text NOT NULL, body text NOT NULL, at bigint NOT NULL);
CREATE INDEX messages_thread ON messages (thread, id);
CREATE INDEX messages_sender ON messages (sender, id);
CREATE TABLE deliveries (id bigserial PRIMARY KEY, message_id bigint NOT NULL REFERENCES messages (id),
  recipient text NOT NULL, state text NOT NULL);
CREATE UNIQUE INDEX deliveries_message ON deliveries (message_id, recipient);
CREATE INDEX deliveries_waiting ON deliveries (recipient, id) WHERE state = 'queued';
`;

/** Both inserts in one statement and one round trip: the fastest way in PostgreSQL. */
const SEND = `WITH sent AS (INSERT INTO messages (thread, sender, recipient, kind, body, at)
VALUES (1, 'manager', 'scout', 'note', '${BODY}', 1800000000000) RETURNING id)
INSERT INTO deliveries (message_id, recipient, state) SELECT id, 'scout', 'queued' FROM sent;
`;

const SETTINGS = `
listen_addresses = ''
fsync = on
synchronous_commit = on
full_page_writes = on
max_connections = 100
shared_buffers = 256MB
max_wal_size = 8GB
`;

/**
 * PostgreSQL with its own data directory below `dir`, on a Unix socket, with default settings except for more memory
 * and WAL.
 */
export async function preparePostgres(dir: string): Promise<Peer> {
  const bin = dirname(programOf('postgresql'));
  const data = join(dir, 'data');
  const script = join(dir, 'send.sql');
  await mkdir(dir, { recursive: true });
  await handToServer(dir);
  await runAsServer(join(bin, 'initdb'), { args: ['-D', data, '-U', 'bench', '-A', 'trust', '-E', 'UTF8'], cwd: dir });
  await writeFile(join(data, 'postgresql.auto.conf'), SETTINGS);
  await writeFile(script, SEND);
  const where = ['-h', dir, '-U', 'bench'];
  const psql = (sql: string) =>
    runAsServer(join(bin, 'psql'), { args: [...where, '-d', 'postgres', '-qc', sql], cwd: dir });
  const server = {
    program: join(bin, 'postgres'),
    args: ['-D', data, '-k', dir],
    cwd: dir,
    isReady: () =>
      runAsServer(join(bin, 'pg_isready'), { args: where, cwd: dir }).then(
        () => true,
        () => false,
      ),
  };
  await withServer(server, () => psql(TABLES));
  return {
    name: 'peer.postgres',
    measure: (seconds) =>
      withServer(server, async () => {
        const load = ['-n', '-M', 'prepared', '-c', String(CALLERS), '-j', '2', '-T', String(seconds), '-f', script];
        const report = await runAsServer(join(bin, 'pgbench'), { args: [...where, ...load, 'postgres'], cwd: dir });
        return readRate(report);
      }),
  };
}

function readRate(report: string): number {
  const rate = /^tps = ([\d.]+) \(without initial connection time\)/m.exec(report)?.[1];
  const failed = /^number of failed transactions: (\d+)/m.exec(report)?.[1] ?? '0';
  if (rate === undefined || failed !== '0') throw new Error(`pgbench did not end well:\n${report}`);
  return Number(rate);
}
