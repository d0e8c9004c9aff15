import { HiveError } from '../../../protocol/errors.ts';
import { confine } from './confine.ts';
import { readLines } from './read-lines.ts';
import type { ServiceSpec } from './service-spec.ts';
import { spawnPiped } from './spawn.ts';

/**
 * Throws `config_invalid` when a service of that user could not be confined here: no `setpriv`, one that is not util-linux's, or
 * a hived that may not give rights up. Said once at start-up, instead of by each service for ever.
 */
export async function requireConfinement(service: Pick<ServiceSpec, 'env' | 'uid' | 'gid'>): Promise<void> {
  const program = spawnPiped(confine({ ...service, argv: ['true'] }));
  let said: string | null = null;
  program.stdin.end();
  program.stdout.resume();
  readLines(program.stderr, 300, (line) => void (said ??= line));
  const { code, signal, error } = await program.ended;
  if (code === 0) return;
  const why =
    error === null ? (said ?? `it ended with ${code ?? signal ?? 'nothing'}`) : 'there is none on this machine';
  throw new HiveError(
    'config_invalid',
    `The hive's services give up their rights with setpriv of util-linux, which does not work here: ${why}. Install it (Debian: apt-get install util-linux), or start the hive as a user of its own instead of root.`,
  );
}
