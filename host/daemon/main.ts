import { HiveError } from '../../protocol/errors.ts';
import { openLog } from '../../system/log.ts';
import { loadSettings } from './config.ts';
import { createKnownSecrets } from './core/known-secrets.ts';
import { type Hived, startHived } from './hived.ts';

/**
 * hived's entry point: settings, signals, and the one place where a failed start becomes an exit code. `--check-config`
 * only reads the configuration; `--plain-errors` reports a failed start as a line for people instead of the error body.
 *
 * SIGTERM and SIGINT end hived and its services and leave the boxes running: the next hived adopts them. `hivectl down`
 * ends the boxes too.
 */
async function main(): Promise<void> {
  process.umask(0o027);
  process.chdir('/');
  const settings = loadSettings();
  if (process.argv.includes('--check-config')) return;
  const secrets = createKnownSecrets();
  const log = openLog({ level: settings.config.log.level, output: 'stdout', redact: secrets.redactText });
  let hived: Hived | null = null;
  let ending = false;

  const end = async (options: { boxes: boolean; reason: string }) => {
    if (ending) return;
    ending = true;
    log.info(options, 'stopping');
    // If the shutdown hangs, the process exits all the same: the data on disk is consistent at any moment.
    setTimeout(() => process.exit(1), 60_000).unref();
    await hived?.stop(options);
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => void end({ boxes: false, reason: signal }));
  process.on('SIGHUP', () => undefined);
  process.on('unhandledRejection', (err) => log.error({ err }, 'a promise was rejected and nobody cared'));

  hived = await startHived(settings, {
    log,
    secrets,
    onShutdown: ({ boxes }) => setImmediate(() => void end({ boxes, reason: 'asked to' })),
  });
}

main().catch((error: unknown) => {
  const hive =
    error instanceof HiveError
      ? error
      : new HiveError('internal', error instanceof Error ? error.message : String(error), { cause: error });
  const isPlain = process.argv.includes('--plain-errors');
  process.stderr.write(`${isPlain ? `error: ${hive.message}` : JSON.stringify(hive.toBody())}\n`);
  if (hive.code === 'internal' && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  process.exit(hive.exitCode);
});
