import { join } from 'node:path';
import { describeDriver } from '../driver-contract.ts';
import { createCodexDriver } from './codex-driver.ts';
import { composeCodexParts } from './create-codex.ts';

// The driver contract with a program that speaks the CLI's protocol; the real CLI runs it in test/harness.

const FIXTURE = join(import.meta.dirname, '../../fixtures/codex-app-server');

describeDriver({
  driver: 'codex',
  path: process.env['PATH'] ?? '',
  open: (scenario, place) => {
    const parts = composeCodexParts({ ...place, cliDir: '/nowhere' });
    const program = {
      ...parts.program,
      path: scenario === 'missing' ? '/no/such/program' : FIXTURE,
      argv: [scenario],
      env: { ...parts.program.env, MCP_URL: place.mcp.url },
      graceMs: 1_000,
      silentMs: scenario === 'falls_silent' ? 300 : 600_000,
    };
    return { driver: createCodexDriver({ ...parts, program }), prompt: 'what is new?' };
  },
});
