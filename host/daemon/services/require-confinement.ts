import { HiveError } from '../../../protocol/errors.ts';
import { runProgram } from '../../../system/process/run-program.ts';
import { confine } from './confine.ts';
import type { ServiceSpec } from './service-spec.ts';

/**
 * Throws `config_invalid` when a service of that user could not be confined here: no `setpriv`, one that is not
 * util-linux's, or a hived that may not drop privileges. Reported once at start-up, instead of by each service
 * repeatedly.
 */
export async function requireConfinement(service: Pick<ServiceSpec, 'env' | 'uid' | 'gid'>): Promise<void> {
  const { code, signal, error, stderr } = await runProgram(confine({ ...service, argv: ['true'] }), {
    keep: { side: 'start', maxBytes: 300 },
  });
  if (code === 0) return;
  const [firstLine = ''] = stderr.split('\n');
  const complaint = firstLine === '' ? `it ended with ${code ?? signal ?? 'nothing'}` : firstLine;
  const why = error === null ? complaint : 'there is none on this machine';
  throw new HiveError(
    'config_invalid',
    `The hive's services give up their rights with setpriv of util-linux, which does not work here: ${why}. Install it (Debian: apt-get install util-linux), or start the hive as a user of its own instead of root.`,
  );
}
