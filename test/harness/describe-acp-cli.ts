import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { createAcpDriver } from '../../harness/driver/agent-protocol/acp-driver.ts';
import type { AcpProgram } from '../../harness/driver/agent-protocol/acp-process.ts';
import type { DriverPlace } from '../../harness/driver/driver.ts';
import { describeDriver, type Scenario } from '../../harness/driver/driver-contract.ts';
import type { DriverName } from '../../protocol/drivers/drivers.ts';
import { testCli } from '../support/test-clis.ts';
import { createDemoModel } from './demo-model.ts';

/** A driver over the Agent Client Protocol, with a real CLI. */
export interface AcpSubject {
  readonly driver: DriverName;
  readonly cli: string;
  /** The model, as the CLI knows it, and the name of its tool for commands. */
  readonly model: string;
  readonly shell: string;
  /** A prompt that makes it write the lines "hello" and "you" into this file. */
  writes(path: string): string;
  /** The program of the driver, for a place that has the CLI and the demo model as its gateway. */
  compose(place: DriverPlace): AcpProgram;
}

const FIXTURE = join(import.meta.dirname, '../../harness/fixtures/acp-agent');

/**
 * The driver contract with a real CLI and the demo model. A program that misbehaves is a fixture, run with the
 * environment of the real one.
 */
export function describeAcpCli(subject: AcpSubject): void {
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
  const prompts: Partial<Record<Scenario, string>> = {
    answers: 'what is new?',
    calls_tool: '@send {"to":"manager","body":"hello"}',
    works_until_go: `@${subject.shell} {"command":"until [ -e go ]; do sleep 0.1; done"}`,
    hits_limit: '@demo {"status":429,"retryAfter":3600}',
    needs_login: '@demo {"status":403}',
    meets_outage: '@demo {"status":503}',
  };

  describeDriver({
    driver: subject.driver,
    shared: [...(Object.keys(prompts) as Scenario[]), 'changes_file'],
    path: process.env['PATH'] ?? '',
    open: (scenario, place) => {
      const prompt = scenario === 'changes_file' ? subject.writes(join(place.stateDir, 'made.txt')) : prompts[scenario];
      const real = subject.compose({
        ...place,
        spec: { ...place.spec, model: subject.model, tools: ['Bash', 'Write'] },
        cliDir: dirname(dirname(testCli(subject.cli))),
        gatewayUrl: `http://127.0.0.1:${(model.address() as AddressInfo).port}`,
      });
      const broken = { ...real, path: scenario === 'missing' ? '/no/such/program' : FIXTURE, argv: [scenario] };
      const program = prompt === undefined ? broken : real;
      const silentMs = scenario === 'falls_silent' ? 300 : 600_000;
      const driver = createAcpDriver({ ...place, silentMs }, { ...program, graceMs: 1_000 });
      return { driver, prompt: prompt ?? 'what is new?' };
    },
  });
}
