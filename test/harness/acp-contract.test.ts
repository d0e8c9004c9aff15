import { mkdirSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { createAcpDriver } from '../../harness/driver/agent-protocol/acp-driver.ts';
import { describeDriver, type Scenario } from '../../harness/driver/driver-contract.ts';
import { composeBoxEnv } from '../../harness/driver/process/box-env.ts';
import { testCli } from '../support/test-clis.ts';
import { createDemoModel } from './demo-model.ts';

// The driver contract with a real program, Gemini CLI, and the demo model; fixtures cover the behaviour of a broken one.

let model: Server;

beforeAll(async () => {
  model = createDemoModel();
  await new Promise<void>((resolve) => model.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  model.closeAllConnections();
  model.close();
});

/** Those that the real program runs. */
const PROMPTS: Partial<Record<Scenario, string>> = {
  answers: 'what is new?',
  calls_tool: '@send {"to":"manager","body":"hello"}',
  works_until_go: '@run_shell_command {"command":"until [ -e go ]; do sleep 0.1; done"}',
  hits_limit: '@demo {"status":429,"retryAfter":3600}',
  needs_login: '@demo {"status":403}',
  meets_outage: '@demo {"status":503}',
};
const FIXTURE = join(import.meta.dirname, '../../harness/fixtures/acp-agent');
const SETTINGS = {
  security: { auth: { selectedType: 'gemini-api-key' } },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  general: { enableAutoUpdate: false, maxAttempts: 1 },
};

describeDriver({
  driver: 'acp',
  path: process.env['PATH'] ?? '',
  open: (scenario, place) => {
    const limits = { graceMs: 1_000, silentMs: scenario === 'falls_silent' ? 300 : 600_000 };
    const prompt = PROMPTS[scenario];
    const box = composeBoxEnv(place);
    if (prompt === undefined) {
      const path = scenario === 'missing' ? '/no/such/program' : FIXTURE;
      return {
        driver: createAcpDriver(place, { path, argv: [scenario], env: box, ...limits }),
        prompt: 'what is new?',
      };
    }
    mkdirSync(join(place.stateDir, '.gemini'));
    writeFileSync(join(place.stateDir, '.gemini/settings.json'), JSON.stringify(SETTINGS));
    const env = {
      ...box,
      GEMINI_API_KEY: 'the-gateway-has-the-key',
      GOOGLE_GEMINI_BASE_URL: `http://127.0.0.1:${(model.address() as AddressInfo).port}`,
      GEMINI_CLI_NO_RELAUNCH: 'true',
    };
    const argv = ['--acp', '--skip-trust', '-m', 'gemini-3.8-flash'];
    return { driver: createAcpDriver(place, { path: testCli('gemini'), argv, env, ...limits }), prompt };
  },
});
