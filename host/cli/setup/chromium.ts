import { existsSync } from 'node:fs';
import { HiveError } from '../../../protocol/errors.ts';
import { canInstallPackages, installPackages } from './apt.ts';
import type { SetupStep } from './setup-context.ts';

const CHROMIUM = '/usr/bin/chromium';

/** The browser that the page's tests drive. */
export const chromiumStep: SetupStep = {
  title: 'browser for the tests',
  async run(context, report) {
    if (existsSync(CHROMIUM)) return `${CHROMIUM} is there`;
    if (!canInstallPackages(context))
      throw new HiveError(
        'setup_failed',
        `The tests need ${CHROMIUM}. Type: sudo apt-get install -y chromium\nthen run the same command again.`,
      );
    report('installing chromium (about a minute)');
    await installPackages(context, ['chromium']);
    if (!existsSync(CHROMIUM))
      throw new HiveError(
        'setup_failed',
        `The package "chromium" did not bring ${CHROMIUM} (on Ubuntu it is a snap). Install a Chromium there and run the same command again.`,
      );
    return 'installed chromium';
  },
};
