import { join } from 'node:path';
import { describeDriver } from '../driver-contract.ts';
import { composeBoxEnv } from '../process/box-env.ts';
import { createScriptDriver } from './create-script.ts';

const AGENT = join(import.meta.dirname, '../../fixtures/script-agent');

describeDriver({
  driver: 'script',
  path: process.env['PATH'] ?? '',
  open: (scenario, place) => ({
    driver: createScriptDriver(place, {
      path: scenario === 'missing' ? '/no/such/program' : AGENT,
      argv: [scenario],
      env: composeBoxEnv(place),
      graceMs: 1_000,
      silentMs: scenario === 'falls_silent' ? 300 : 600_000,
    }),
    prompt: 'what is new?',
  }),
});
