import { HiveError } from '../../protocol/errors.ts';
import type { HelloInput, HelloOutput } from '../../protocol/schemas/harness.ts';
import type { Driver } from '../driver/driver.ts';
import type { HiveClient } from '../hive-link/hive-client.ts';
import { retryWhileAway } from '../hive-link/retry.ts';

/** hived's answer to the hello, and the driver created from it. */
export interface Introduction {
  greeting(): HelloOutput;
  driver(): Driver;
  /** hived forgot this boot (another one said hello since): says hello again. A changed spec creates another driver. */
  again(): Promise<void>;
  /** Before a turn: creates another driver if what it was made from has changed. */
  renew(): Promise<void>;
}

export interface IntroduceParts {
  readonly hive: HiveClient;
  readonly hello: HelloInput;
  readonly makeDriver: (greeting: HelloOutput) => Driver;
  /** Reads again what drivers are made from beside the greeting: true if it has changed. */
  readonly readAgain: () => Promise<boolean>;
  readonly log: (line: string) => void;
  readonly away: Away;
}

/** Called once when hived stops answering and once when it answers again. */
export interface Away {
  readonly onAway: (error: HiveError) => void;
  readonly onBack: () => void;
}

/** All other errors of a hello or a wake are retried: a box without a harness helps nobody. */
export function mayPass(error: unknown): boolean {
  return error instanceof HiveError && error.code !== 'stale_boot';
}

/** Says hello until hived answers. Rejects when the signal aborts. */
export async function introduce(parts: IntroduceParts, signal: AbortSignal): Promise<Introduction> {
  const { hive, log } = parts;
  const sayHello = () =>
    retryWhileAway(() => hive.call('hello', parts.hello, { signal }), { signal, isTransient: mayPass, ...parts.away });
  let greeting = await sayHello();
  await parts.readAgain();
  let driver = parts.makeDriver(greeting);
  log(`hello answered: ${greeting.agent}, generation ${parts.hello.generation}`);
  return {
    greeting: () => greeting,
    driver: () => driver,
    async again() {
      log('hived wants another hello');
      const before = JSON.stringify([greeting.spec, greeting.parent]);
      greeting = await sayHello();
      if (JSON.stringify([greeting.spec, greeting.parent]) === before) return;
      await driver.letGo('The spec changed.');
      driver = parts.makeDriver(greeting);
    },
    async renew() {
      if (!(await parts.readAgain())) return;
      await driver.letGo('The skills changed.');
      driver = parts.makeDriver(greeting);
    },
  };
}
