import { createServer } from 'node:net';
import { HiveError } from '../../../protocol/errors.ts';
import { waitUntil } from '../process/wait-until.ts';
import type { SetupContext, SetupStep } from './setup-context.ts';

/** The dashboard of a crashed hive holds its port for a moment. */
const FREE_WITHIN_MS = 6_000;

/**
 * For a hive that is not running yet: a sign-in link must not lead to another program that listens on the dashboard's
 * port. Throws `port_in_use`.
 */
export const dashboardPortStep: SetupStep = {
  title: 'dashboard port',
  run: (context, report) => findPortFree(context, report, FREE_WITHIN_MS),
};

/** The step, with a configurable limit of the wait (milliseconds). */
export async function findPortFree(
  { settings, signal }: SetupContext,
  report: (doing: string) => void,
  withinMs: number,
): Promise<string> {
  const { host, port } = settings.dashboard;
  let asked = 0;
  const free = await waitUntil(
    async () => {
      if ((asked += 1) === 2) report(`waiting for ${host}, port ${port}`);
      return (await isTaken(host, port)) ? null : true;
    },
    { everyMs: 200, withinMs, signal },
  );
  if (free !== null) return `${port} on ${host} is free`;
  throw new HiveError(
    'port_in_use',
    `Port ${port} on ${host} is in use. Choose another one in ${settings.configFile}, e.g.: dashboard: {port: ${port + 1}}`,
  );
}

/** Only a used port counts; other errors of the address are left to the dashboard, which runs as another user. */
function isTaken(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE'));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(false)));
  });
}
