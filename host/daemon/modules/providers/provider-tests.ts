import { randomUUID } from 'node:crypto';
import type { ProviderName } from '../../../../protocol/providers.ts';
import type { GatewayControl, ProviderTest } from '../../../../protocol/schemas/service.ts';

/** Longer than the gateway's own deadline. */
const ANSWER_MS = 25_000;

/** Tests of providers: the gateway, which has the keys and the network, makes the calls and reports. */
export interface ProviderTests {
  /** Makes one free call to a provider; concurrent callers share its result. Never rejects. */
  run(provider: ProviderName): Promise<ProviderTest>;
  hear(report: { id: string; result: ProviderTest }): void;
  /** The gateway exited: fails all open tests. */
  gatewayEnded(): void;
}

export function createProviderTests(deps: {
  send: (line: Extract<GatewayControl, { type: 'test' }>) => void;
  isGatewayRunning: () => boolean;
  answerMs?: number;
}): ProviderTests {
  const open = new Map<
    ProviderName,
    { id: string; result: Promise<ProviderTest>; settle: (result: ProviderTest) => void }
  >();

  function begin(provider: ProviderName): Promise<ProviderTest> {
    const id = randomUUID();
    let resolve: (result: ProviderTest) => void = () => undefined;
    const result = new Promise<ProviderTest>((fulfil) => {
      resolve = fulfil;
    });
    const settle = (found: ProviderTest) => {
      clearTimeout(timer);
      open.delete(provider);
      resolve(found);
    };
    const timer = setTimeout(() => settle(noAnswer('The gateway does not answer.')), deps.answerMs ?? ANSWER_MS);
    open.set(provider, { id, result, settle });
    deps.send({ type: 'test', id, provider });
    return result;
  }

  return {
    run(provider) {
      const running = open.get(provider);
      if (running !== undefined) return running.result;
      if (!deps.isGatewayRunning()) return Promise.resolve(noAnswer('The gateway does not run.'));
      return begin(provider);
    },
    hear({ id, result }) {
      for (const test of open.values()) if (test.id === id) test.settle(result);
    },
    gatewayEnded() {
      for (const test of open.values()) test.settle(noAnswer('The gateway ended in the middle of the test.'));
    },
  };
}

function noAnswer(found: string): ProviderTest {
  return {
    ok: false,
    about: 'gateway',
    found,
    advice: 'Look at its state and log.',
    command: 'hivectl status, hivectl doctor',
  };
}
