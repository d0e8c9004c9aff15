import { createServer } from 'node:net';
import { HiveError } from '../../../protocol/errors.ts';
import { waitUntil } from '../process/wait-until.ts';
import type { SetupContext, SetupStep } from './setup-context.ts';

/** A dashboard whose hived crashed holds its port for a moment. */
const FREE_WITHIN_MS = 6_000;

/**
 * For a hive that is not up yet: a sign-in link must not lead to a stranger who listens on the dashboard's port.
 * Throws `port_in_use`.
 */
export const dashboardPortStep: SetupStep = {
  title: 'dashboard port',
  run: (context, report) => findPortFree(context, report, FREE_WITHIN_MS),
};

/** The step, with another time to wait in (milliseconds). */
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

/** Only what is taken counts; whatever else forbids an address is the dashboard's to say, which has another user. */
function isTaken(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE'));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(false)));
  });
}
