import { DRIVERS } from '../../../../protocol/drivers/drivers.ts';
import { HiveError } from '../../../../protocol/errors.ts';
import type { AgentSpec } from '../../../../protocol/schemas/agent.ts';
import type { ToolchainVersions } from '../../node/toolchain-version.ts';

/** Throws `cli_missing` when a new box would have no CLI for its driver: all of the agent's turns would fail. */
export function requireCli(driver: AgentSpec['driver'], versions: ToolchainVersions): void {
  const cli = missingCli(driver, versions);
  if (cli === null) return;
  throw new HiveError(
    'cli_missing',
    `The driver "${driver}" needs the CLI ${cli}, which is not in the hive's toolchain. Add it on the host.`,
    { details: { command: `hivectl toolchain add ${cli}` } },
  );
}

/** The CLI that a new box of this driver would need and not have. */
export function missingCli(driver: AgentSpec['driver'], versions: ToolchainVersions): string | null {
  const { cli } = DRIVERS[driver];
  return cli === null || versions(driver).cli !== null ? null : cli;
}
