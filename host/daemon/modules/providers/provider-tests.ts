import { randomUUID } from 'node:crypto';
import { DEFAULT_PROVIDER } from '../../../../protocol/providers.ts';
import type { GatewayControl, ProviderTest } from '../../../../protocol/schemas/service.ts';

/** Longer than the gateway's own deadline. */
const ANSWER_MS = 25_000;

/** Tests of the provider: the gateway, which has the key and the network, makes the call and reports. */
export interface ProviderTests {
  /** One free call; whoever asks while one is under way gets its result. Never rejects. */
  run(): Promise<ProviderTest>;
  hear(report: { id: string; result: ProviderTest }): void;
  /** The gateway ended: what it was asked for, nobody answers. */
  gatewayEnded(): void;
}

export function createProviderTests(deps: {
  send: (line: Extract<GatewayControl, { type: 'test' }>) => void;
  isGatewayRunning: () => boolean;
  answerMs?: number;
}): ProviderTests {
  let open: { id: string; result: Promise<ProviderTest>; settle: (result: ProviderTest) => void } | null = null;

  function begin(): Promise<ProviderTest> {
    const id = randomUUID();
    let resolve: (result: ProviderTest) => void = () => undefined;
    const result = new Promise<ProviderTest>((fulfil) => {
      resolve = fulfil;
    });
    const settle = (found: ProviderTest) => {
      clearTimeout(timer);
      open = null;
      resolve(found);
    };
    const timer = setTimeout(() => settle(noAnswer('The gateway does not answer.')), deps.answerMs ?? ANSWER_MS);
    open = { id, result, settle };
    deps.send({ type: 'test', id, provider: DEFAULT_PROVIDER });
    return result;
  }

  return {
    run() {
      if (open !== null) return open.result;
      if (!deps.isGatewayRunning()) return Promise.resolve(noAnswer('The gateway does not run.'));
      return begin();
    },
    hear({ id, result }) {
      if (open?.id === id) open.settle(result);
    },
    gatewayEnded: () => open?.settle(noAnswer('The gateway ended in the middle of the test.')),
  };
}

function noAnswer(found: string): ProviderTest {
  return { ok: false, about: 'gateway', found, advice: 'Look at its state and log: hivectl status, hivectl doctor' };
}
