import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { createClaudeDriver } from '../../harness/driver/claude/claude-driver.ts';
import { composeClaudeParts } from '../../harness/driver/claude/create-claude.ts';
import { describeDriver, type Scenario } from '../../harness/driver/driver-contract.ts';
import { createDemoModel } from './demo-model.ts';
import { CLAUDE, requireClaude } from './start-harness.ts';

// The driver contract with the real Claude Code and the demo model; fixtures cover the behaviour of a broken CLI.

let model: Server;

beforeAll(async () => {
  await requireClaude();
  model = createDemoModel();
  await new Promise<void>((resolve) => model.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  model.closeAllConnections();
  model.close();
});

const PROMPTS: Partial<Record<Scenario, string>> = {
  answers: 'what is new?',
  calls_tool: '@send {"to":"manager","body":"hello"}',
  works_until_go: '@Bash {"command":"until [ -e go ]; do sleep 0.1; done"}',
  hits_limit: '@demo {"status":429,"retryAfter":3600}',
  needs_login: '@demo {"status":403}',
  meets_outage: '@demo {"status":529}',
};
const FIXTURES: Partial<Record<Scenario, string>> = {
  crashes: 'dies-mid-json',
  hangs: 'hangs',
  falls_silent: 'stays-silent',
  prints_garbage: 'prints-garbage',
  prints_long_line: 'huge-line',
  counts: 'rate-allowed',
  ignores_sigterm: 'ignores-sigterm',
  missing: 'no-such-program',
};

const writesFile = (dir: string) =>
  `@Write ${JSON.stringify({ file_path: join(dir, 'made.txt'), content: 'hello\nyou\n' })}`;

describeDriver({
  driver: 'claude',
  path: process.env['PATH'] ?? '',
  open: (scenario, place) => {
    const gatewayUrl = `http://127.0.0.1:${(model.address() as AddressInfo).port}`;
    const parts = composeClaudeParts({
      ...place,
      gatewayUrl,
      spec: { ...place.spec, model: 'claude-sonnet-4-5', tools: ['Bash', 'Write'] },
    });
    const fixture = FIXTURES[scenario];
    const claudePath = fixture === undefined ? CLAUDE : join(import.meta.dirname, '../../harness/fixtures', fixture);
    const env = { ...parts.env, CLAUDE_CODE_MAX_RETRIES: '1' };
    const silentMs = scenario === 'falls_silent' ? 300 : 600_000;
    return {
      driver: createClaudeDriver({ ...parts, claudePath, env, silentMs, graceMs: 1_000 }),
      prompt: scenario === 'changes_file' ? writesFile(place.stateDir) : (PROMPTS[scenario] ?? 'what is new?'),
    };
  },
});
