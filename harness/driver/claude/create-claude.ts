import { join } from 'node:path';
import { cliProgram } from '../../../protocol/cli-places.ts';
import { HIVE_SERVER } from '../../../protocol/hive-server.ts';
import type { CreateDriver, DriverPlace } from '../driver.ts';
import { type ClaudeParts, createClaudeDriver } from './claude-driver.ts';
import { composeEnv, composeTerminalArgv, TERMINAL_ENV } from './launch.ts';
import { type CliHome, prepareHome, welcomePerson } from './prepare-home.ts';
import { createSessionFiles } from './session-files.ts';

/** Claude Code from the toolchain, with the hive's tools and through the gateway. */
export const createClaude: CreateDriver = (place) => createClaudeDriver(composeClaudeParts(place));

/** Dependencies of the driver for its place. */
export function composeClaudeParts(place: DriverPlace): ClaudeParts {
  const home = homeOf(place);
  // An older hived, which still runs while a set-up replaces the harness, names no directory and has one version.
  const claudePath =
    place.cliDir === null ? join(place.toolchain, 'claude/claude') : cliProgram(place.cliDir, 'claude');
  const env = composeEnv({
    agent: place.agent,
    passedOn: place.passedOn,
    gatewayUrl: place.gatewayUrl,
    configDir: home.configDir,
  });
  const plan = { spec: place.spec, systemPrompt: place.systemPrompt, mcpConfigPath: home.mcpConfigPath };
  // Serialized. Each start of the CLI does it again, and a turn reports a failure.
  let prepared = prepareHome(home).catch((error: unknown) =>
    place.log(`the CLI's directory cannot be prepared: ${String(error)}`),
  );
  const prepare = async () => {
    await prepared;
    const again = prepareHome(home);
    prepared = again.catch(() => undefined);
    await again;
  };
  return {
    claudePath,
    cwd: place.stateDir,
    env,
    sessions: createSessionFiles(home.configDir),
    plan,
    prepare,
    async attach(sessionId) {
      await prepare();
      await welcomePerson(home, place.stateDir);
      return {
        argv: [claudePath, ...composeTerminalArgv(plan, sessionId)],
        env: { ...env, ...TERMINAL_ENV },
        cwd: place.stateDir,
      };
    },
    silentMs: place.silentMs,
    warmIdleMs: place.warmIdleMs,
    emit: place.emit,
    record: place.record,
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
