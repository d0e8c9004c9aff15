import { join } from 'node:path';
import { cliProgram } from '../../../protocol/cli-places.ts';
import type { CreateDriver, DriverPlace } from '../driver.ts';
import { failMissing } from '../process/fail-missing.ts';
import { type CodexParts, createCodexDriver } from './codex-driver.ts';
import { composeArgv, composeEnv } from './launch.ts';
import { composeCatalogue } from './model-catalogue.ts';
import { cataloguePath, prepareHome } from './prepare-home.ts';

/** Codex from the toolchain, with the hive's tools and through the gateway. */
export const createCodex: CreateDriver = (place) => createCodexDriver(composeCodexParts(place));

/** The CLI's own instructions, in place of the 16 KB that it has for a person at a terminal. */
const INSTRUCTIONS =
  'You work with a shell (`exec_command`), with `apply_patch` to change files, and with the tools below. Nobody watches you work: do what is wanted without asking for leave. Commands that still run at the end of your turn are ended.';

/** Dependencies of the driver for its place. */
export function composeCodexParts(place: DriverPlace): CodexParts {
  const { agent, spec, stateDir, gatewayUrl, mcp, passedOn } = place;
  const homeDir = join(place.harnessDir, 'codex');
  const instructions = `${INSTRUCTIONS}\n\n${place.systemPrompt}`;
  const plan = { model: spec.model, stateDir, cataloguePath: cataloguePath(homeDir), gatewayUrl, mcpUrl: mcp.url };
  return {
    place,
    program: {
      path: cliProgram(place.cliDir ?? '', 'codex'),
      argv: composeArgv(plan),
      env: composeEnv({ agent, passedOn, homeDir, mcpToken: mcp.token }),
      instructions,
      silentMs: place.silentMs,
    },
    prepare: () =>
      place.cliDir === null ? failMissing('codex') : prepareHome(homeDir, composeCatalogue(spec.model, instructions)),
  };
}
