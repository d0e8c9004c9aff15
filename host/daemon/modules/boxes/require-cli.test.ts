import { expect, test } from 'vitest';
import { DRIVER_NAMES, DRIVERS } from '../../../../protocol/drivers/drivers.ts';
import { requireCli } from './require-cli.ts';

const ABSENT = () => ({ mark: 'absent', cli: null });

test.each(DRIVER_NAMES)('a toolchain without CLIs, and the driver %s', (driver) => {
  const { cli } = DRIVERS[driver];
  const require = () => requireCli(driver, ABSENT);
  if (cli === null) return expect(require).not.toThrow();
  const details = { command: `hivectl toolchain add ${cli}` };
  expect(require).toThrow(expect.objectContaining({ code: 'cli_missing', details }));
  // The page shows the sentence alone.
  expect(require).not.toThrow(/hivectl/);
  expect(() => requireCli(driver, () => ({ mark: '1.0.0', cli: { cli, version: '1.0.0' } }))).not.toThrow();
});
