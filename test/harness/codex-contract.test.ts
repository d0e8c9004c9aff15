import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { createCodexDriver } from '../../harness/driver/codex/codex-driver.ts';
import { composeCodexParts } from '../../harness/driver/codex/create-codex.ts';
import { describeDriver, type Scenario } from '../../harness/driver/driver-contract.ts';
import { testCli } from '../support/test-clis.ts';
import { createDemoModel } from './demo-model.ts';

// The driver contract with the real Codex and the demo model; a fixture covers the behaviour of a broken CLI.

let model: Server;

beforeAll(async () => {
  model = createDemoModel();
  await new Promise<void>((resolve) => model.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  model.closeAllConnections();
  model.close();
});

/** A command that the CLI takes for a call of its tool `apply_patch`. */
const PATCH = "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: made.txt\n+hello\n+you\n*** End Patch\nEOF";

/** Those that the real program runs. */
const PROMPTS: Partial<Record<Scenario, string>> = {
  answers: 'what is new?',
  calls_tool: '@send {"to":"manager","body":"hello"}',
  works_until_go: '@exec_command {"cmd":"until [ -e go ]; do sleep 0.1; done"}',
  changes_file: `@exec_command ${JSON.stringify({ cmd: PATCH })}`,
  hits_limit: '@demo {"status":429,"retryAfter":3600}',
  needs_login: '@demo {"status":403}',
  meets_outage: '@demo {"status":503}',
};
const FIXTURE = join(import.meta.dirname, '../../harness/fixtures/codex-app-server');

describeDriver({
  driver: 'codex',
  shared: Object.keys(PROMPTS) as Scenario[],
  path: process.env['PATH'] ?? '',
  open: (scenario, place) => {
    const gatewayUrl = `http://127.0.0.1:${(model.address() as AddressInfo).port}`;
    const parts = composeCodexParts({
      ...place,
      cliDir: '/nowhere',
      gatewayUrl,
      spec: { ...place.spec, model: 'gpt-5-mini' },
    });
    const prompt = PROMPTS[scenario];
    const limits = { graceMs: 1_000, silentMs: scenario === 'falls_silent' ? 300 : 600_000 };
    const real = { ...parts.program, path: testCli('codex'), ...limits };
    const missing = { ...real, path: '/no/such/program' };
    const fixture = { ...real, path: scenario === 'missing' ? missing.path : FIXTURE, argv: [scenario] };
    return {
      driver: createCodexDriver({ ...parts, program: prompt === undefined ? fixture : real }),
      prompt: prompt ?? 'what is new?',
    };
  },
});
