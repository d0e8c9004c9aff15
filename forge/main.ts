import { forgeControl } from '../protocol/schemas/service.ts';
import { openLog } from '../system/log.ts';
import { announceReady, readControl } from '../wire/control.ts';
import { readConfig } from './config.ts';
import { type Forge, startForge } from './forge.ts';

/** hived is gone: running work may finish. */
const ORPHANED_DRAIN_MS = 60_000;
/** hived asked for the end. */
const TOLD_DRAIN_MS = 5_000;

const config = readConfig(process.env);
const log = openLog({ output: process.stderr });
let forge: Forge | null = null;

function end(drainMs: number): void {
  const closed = forge === null ? Promise.resolve() : forge.close(drainMs);
  closed.then(
    () => process.exit(0),
    (error: unknown) => {
      log.error({ err: error }, 'the forge did not end well');
      process.exit(1);
    },
  );
}

process.once('SIGTERM', () => end(TOLD_DRAIN_MS));
process.once('SIGINT', () => end(TOLD_DRAIN_MS));

readControl(forgeControl, {
  async onLine(line) {
    if (line.type === 'configure') {
      if (forge !== null) throw new Error('configured twice');
      forge = await startForge(line, { log, clock: Date.now, path: config.path, restart: () => end(TOLD_DRAIN_MS) });
      announceReady();
      return;
    }
    if (forge === null) throw new Error(`"${line.type}" before "configure"`);
    if (line.type === 'injected') return forge.setInjected(line.hosts);
    await forge.setRoster(line);
  },
  onEnd: () => end(ORPHANED_DRAIN_MS),
});
