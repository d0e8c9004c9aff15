import { join } from 'node:path';
import { cliProgram } from '../../../protocol/cli-places.ts';
import { createAcpDriver } from '../agent-protocol/acp-driver.ts';
import type { AcpProgram } from '../agent-protocol/acp-process.ts';
import type { CreateDriver, DriverPlace } from '../driver.ts';
import { composeBoxEnv } from '../process/box-env.ts';
import { failMissing } from '../process/fail-missing.ts';
import { type GeminiHome, prepareHome } from './prepare-home.ts';
import { readTool } from './read-tool.ts';
import { composeSettings, composeTerminalSettings } from './settings.ts';
import { KEY_IN_BOX } from '../key-in-box.ts';

/** Gemini CLI from the toolchain, through its Agent Client Protocol, with the hive's tools and through the gateway. */
export const createGemini: CreateDriver = (place) => createAcpDriver(place, composeGemini(place));

/** The program that the driver runs. */
export function composeGemini(place: DriverPlace): AcpProgram {
  const home = homeOf(place);
  const env = composeEnv(place, home);
  const program = [
    `--import=${home.guardPath}`,
    cliProgram(place.cliDir ?? join(place.toolchain, 'gemini'), 'gemini'),
    '--approval-mode=yolo',
    `--model=${place.spec.model}`,
  ];
  return {
    // Not the program itself: the guard is loaded before it.
    path: process.execPath,
    argv: [...program, '--acp'],
    env,
    prepare: () => (place.cliDir === null ? failMissing('gemini') : prepareHome(home)),
    async attach(sessionId) {
      if (place.cliDir === null) return failMissing('gemini');
      await prepareHome({ ...home, settings: composeTerminalSettings(place.spec, place.mcp) });
      return { argv: [process.execPath, ...program, `--resume=${sessionId}`], env, cwd: place.stateDir };
    },
    dialect: {
      hasInstructions: true,
      // A second prompt cancels the first.
      joinsPrompts: false,
      readTool,
      readNote: () => null,
    },
    // It does not end with its input, and has written its sessions by the end of a turn.
    inputMs: 100,
  };
}

function homeOf({ harnessDir, spec, systemPrompt }: DriverPlace): GeminiHome {
  const dir = join(harnessDir, 'gemini');
  return {
    dir,
    guardPath: join(dir, 'guard.mjs'),
    promptPath: join(dir, 'system.md'),
    settings: composeSettings(spec),
    systemPrompt,
  };
}

function composeEnv(place: DriverPlace, home: GeminiHome): Record<string, string> {
  return {
    ...composeBoxEnv(place),
    GOOGLE_GEMINI_BASE_URL: place.gatewayUrl,
    GEMINI_API_KEY: KEY_IN_BOX,
    // Its settings, sessions and caches are below `.gemini` of this directory.
    GEMINI_CLI_HOME: home.dir,
    // Replaces the system prompt: 1 KB instead of 23 in each request.
    GEMINI_SYSTEM_MD: home.promptPath,
    // MCP servers are not started for a directory that is not trusted. The guard hides what a trusted one may set.
    GEMINI_CLI_TRUST_WORKSPACE: 'true',
    // It would start itself again as a child, and signals to the first process would do nothing.
    GEMINI_CLI_NO_RELAUNCH: 'true',
  };
}
