import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { composeBoxEnv } from '../../harness/driver/process/box-env.ts';
import { testCli } from '../support/test-clis.ts';
import { describeAcpCli } from './describe-acp-cli.ts';

// A program of the operator's: Gemini CLI, set up by a script of docs/drivers.md.

const SETTINGS = {
  security: { auth: { selectedType: 'gemini-api-key' } },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  general: { enableAutoUpdate: false, maxAttempts: 1 },
};

describeAcpCli({
  driver: 'acp',
  cli: 'gemini',
  model: 'gemini-3.8-flash',
  shell: 'run_shell_command',
  writes: (path) => `@write_file ${JSON.stringify({ file_path: path, content: 'hello\nyou\n' })}`,
  compose: (place) => {
    mkdirSync(join(place.stateDir, '.gemini'), { recursive: true });
    writeFileSync(join(place.stateDir, '.gemini/settings.json'), JSON.stringify(SETTINGS));
    return {
      path: testCli('gemini'),
      argv: ['--acp', '--skip-trust', '-m', 'gemini-3.8-flash'],
      env: {
        ...composeBoxEnv(place),
        GEMINI_API_KEY: 'the-gateway-has-the-key',
        GOOGLE_GEMINI_BASE_URL: place.gatewayUrl,
        GEMINI_CLI_NO_RELAUNCH: 'true',
      },
    };
  },
});
