import { randomUUID } from 'node:crypto';
import { gatewayControl } from '../../protocol/schemas/service.ts';
import { announceReady, readControl } from '../../wire/control.ts';
import { readConfig } from './config.ts';
import { createGateway } from './gateway.ts';
import { openLog } from '../../system/log.ts';

const { logLevel, limits } = readConfig();
const now = () => Date.now();
const log = openLog({ level: logLevel, output: process.stderr });
const gateway = createGateway({ limits, log, now, newId: randomUUID });

/** Each end of the gateway finishes what is under way; a harder one shortens the wait of a softer one. */
function leave(why: string, ms: number): void {
  log.info({ why, ms }, 'leaving');
  setTimeout(() => process.exit(0), ms + 500).unref();
  gateway.drain(ms).then(
    () => process.exit(0),
    () => process.exit(70),
  );
}

readControl(gatewayControl, {
  onLine: async (line) => {
    await gateway.apply(line);
    // hived need not have any agent yet: from here on whatever it says is done.
    if (line.type === 'configure') announceReady();
  },
  onEnd: () => leave('hived is gone', limits.drainMs),
});
process.once('SIGTERM', () => leave('SIGTERM', limits.stopMs));
process.once('SIGINT', () => leave('SIGINT', limits.stopMs));
