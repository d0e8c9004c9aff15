import { join } from 'node:path';
import { cliProgram } from '../../../protocol/cli-places.ts';
import { HIVE_SERVER } from '../../../protocol/hive-server.ts';
import type { CreateDriver, DriverPlace } from '../driver.ts';
import { type ClaudeParts, createClaudeDriver } from './claude-driver.ts';
import { composeEnv } from './launch.ts';
import { type CliHome, prepareHome } from './prepare-home.ts';

/** Claude Code from the toolchain, with the hive's tools and through the gateway. */
export const createClaude: CreateDriver = (place) => createClaudeDriver(composeClaudeParts(place));

/** Dependencies of the driver for its place. */
export function composeClaudeParts(place: DriverPlace): ClaudeParts {
  const home = homeOf(place);
  // Serialized. Each start of the CLI does it again, and a turn reports a failure.
  let prepared = prepareHome(home).catch((error: unknown) =>
    place.log(`the CLI's directory cannot be prepared: ${String(error)}`),
  );
  return {
    // An older hived, which still runs while a set-up replaces the harness, names no directory and has one version.
    claudePath: place.cliDir === null ? join(place.toolchain, 'claude/claude') : cliProgram(place.cliDir, 'claude'),
    cwd: place.stateDir,
    env: composeEnv({
      agent: place.agent,
      passedOn: place.passedOn,
      gatewayUrl: place.gatewayUrl,
      configDir: home.configDir,
    }),
    plan: { spec: place.spec, systemPrompt: place.systemPrompt, mcpConfigPath: home.mcpConfigPath },
    prepare: async () => {
      await prepared;
      const again = prepareHome(home);
      prepared = again.catch(() => undefined);
      await again;
    },
    silentMs: place.silentMs,
    warmIdleMs: place.warmIdleMs,
    emit: place.emit,
    providerHeardAt: place.providerHeardAt,
    newUuid: place.newUuid,
    now: place.now,
  };
}

function homeOf({ harnessDir, mcp }: DriverPlace): CliHome {
  const hive = { type: 'http', url: mcp.url, headers: { Authorization: `Bearer ${mcp.token}` } };
  return {
    configDir: join(harnessDir, 'claude'),
    mcpConfigPath: join(harnessDir, 'mcp.json'),
    mcpConfig: JSON.stringify({ mcpServers: { [HIVE_SERVER]: hive } }),
  };
}
