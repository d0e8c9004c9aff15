import { join } from 'node:path';
import { cliProgram } from '../../../protocol/cli-places.ts';
import { createAcpDriver } from '../agent-protocol/acp-driver.ts';
import type { AcpProgram } from '../agent-protocol/acp-process.ts';
import type { CreateDriver, DriverPlace } from '../driver.ts';
import { composeBoxEnv } from '../process/box-env.ts';
import { failMissing } from '../process/fail-missing.ts';
import { composeConfig } from './config.ts';
import { composePlugin } from './plugin.ts';
import { type OpencodeHome, pluginPath, prepareHome } from './prepare-home.ts';
import { readChange } from './read-change.ts';
import { readNote } from './read-note.ts';
import { readTool } from './read-tool.ts';

/** OpenCode from the toolchain, through its Agent Client Protocol, with the hive's tools and through the gateway. */
export const createOpencode: CreateDriver = (place) => createAcpDriver(place, composeOpencode(place));

/** The program that the driver runs. */
export function composeOpencode(place: DriverPlace): AcpProgram {
  const home = homeOf(place, { forPerson: false });
  const path = cliProgram(place.cliDir ?? join(place.toolchain, 'opencode'), 'opencode');
  return {
    path,
    argv: ['acp', '--hostname=127.0.0.1'],
    env: composeEnv(place, home),
    // It takes variables from `.env` and code from `bunfig.toml` of the directory where it runs.
    cwd: home.dir,
    // What it has read of its configuration it keeps, so a further session needs nothing.
    prepare: async (when) => {
      if (place.cliDir === null) return failMissing('opencode');
      return when === 'start' ? prepareHome(home) : undefined;
    },
    async attach(sessionId) {
      if (place.cliDir === null) return failMissing('opencode');
      await prepareHome(homeOf(place, { forPerson: true }));
      return { argv: [path, place.stateDir, `--session=${sessionId}`], env: composeEnv(place, home), cwd: home.dir };
    },
    // It needs 8 s of processor time, of which a busy machine may give it a thirtieth.
    firstLineMs: 600_000,
    dialect: { hasInstructions: true, joinsPrompts: true, readTool, readChange, readNote },
  };
}

/** `forPerson`: for its terminal interface. */
function homeOf(
  { harnessDir, spec, systemPrompt, gatewayUrl, mcp }: DriverPlace,
  { forPerson }: { forPerson: boolean },
): OpencodeHome {
  const dir = join(harnessDir, 'opencode');
  return {
    dir,
    config: composeConfig(spec, { systemPrompt, baseUrl: `${gatewayUrl}/v1`, mcp: forPerson ? mcp : null }),
    plugin: composePlugin({ path: pluginPath(dir), hidden: Object.keys(placesIn(dir)), notes: !forPerson }),
  };
}

/** Its directories. They are the program's alone: its plugin takes them out of the environment of the agent's commands. */
function placesIn(dir: string): Record<string, string> {
  return {
    XDG_CONFIG_HOME: join(dir, 'config'),
    XDG_DATA_HOME: join(dir, 'data'),
    XDG_STATE_HOME: join(dir, 'state'),
    XDG_CACHE_HOME: join(dir, 'cache'),
  };
}

function composeEnv(place: DriverPlace, { dir }: OpencodeHome): Record<string, string> {
  return {
    ...composeBoxEnv(place),
    ...placesIn(dir),
    // Where it looks for the settings of a user beside those of the XDG directories: an empty directory.
    OPENCODE_TEST_HOME: join(dir, 'home'),
    // A password for each start: its server on the loopback interface is its own.
    OPENCODE_SERVER_PASSWORD: place.newUuid(),
    // No settings, plugins, commands, agents or notes from the agent's directory and from those above it.
    OPENCODE_DISABLE_PROJECT_CONFIG: '1',
    OPENCODE_DISABLE_CLAUDE_CODE: '1',
    OPENCODE_DISABLE_EXTERNAL_SKILLS: '1',
    OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
    // No logins of its own, which could bring settings from elsewhere.
    OPENCODE_AUTH_CONTENT: '{}',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    OPENCODE_DISABLE_SHARE: '1',
  };
}
