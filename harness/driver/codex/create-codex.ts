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

/** Dependencies of the driver for its place. */
export function composeCodexParts(place: DriverPlace): CodexParts {
  const { agent, spec, stateDir, gatewayUrl, mcp, passedOn } = place;
  const homeDir = join(place.harnessDir, 'codex');
  const plan = { model: spec.model, stateDir, cataloguePath: cataloguePath(homeDir), gatewayUrl, mcpUrl: mcp.url };
  return {
    place,
    homeDir,
    program: {
      path: cliProgram(place.cliDir ?? '', 'codex'),
      argv: composeArgv(plan),
      env: composeEnv({ agent, passedOn, homeDir, mcpToken: mcp.token }),
      instructions: place.systemPrompt,
      silentMs: place.silentMs,
    },
    prepare: () =>
      place.cliDir === null
        ? failMissing('codex')
        : prepareHome(homeDir, composeCatalogue(spec.model, place.systemPrompt)),
  };
}
