import { join } from 'node:path';
import { describeDriver } from '../driver-contract.ts';
import { composeBoxEnv } from '../process/box-env.ts';
import { createAcpDriver } from '../agent-protocol/acp-driver.ts';

const AGENT = join(import.meta.dirname, '../../fixtures/acp-agent');

describeDriver({
  driver: 'acp',
  path: process.env['PATH'] ?? '',
  open: (scenario, place) => ({
    driver: createAcpDriver(
      { ...place, silentMs: scenario === 'falls_silent' ? 300 : 600_000 },
      {
        path: scenario === 'missing' ? '/no/such/program' : AGENT,
        argv: [scenario],
        env: composeBoxEnv(place),
        graceMs: 1_000,
      },
    ),
    prompt: 'what is new?',
  }),
});
