import { randomUUID } from 'node:crypto';
import { HiveError } from '../../../../protocol/errors.ts';
import type { ProviderName } from '../../../../protocol/providers.ts';
import type { BilledDay, BillReport } from '../../../../protocol/schemas/bill.ts';
import type { GatewayControl, ProviderTest } from '../../../../protocol/schemas/service.ts';

/** Longer than the gateway's own deadline. */
const ANSWER_MS = 70_000;

/** Questions to providers for what they counted: the gateway, which has the network, asks and reports. */
export interface BillRequests {
  /** Throws `provider_unreachable`, or `service_unavailable` for the gateway, with what is wrong and what to do. */
  ask(question: { provider: ProviderName; adminKey: string; from: number }): Promise<BilledDay[]>;
  hear(report: BillReport): void;
  /** The gateway exited: fails all open questions. */
  gatewayEnded(): void;
}

function sayFailure({ found, advice, command }: ProviderTest): HiveError {
  const message = `${found} ${advice ?? ''}`.trim();
  return new HiveError('provider_unreachable', message, command === undefined ? {} : { details: { command } });
}

export function createBillRequests(deps: {
  send: (line: Extract<GatewayControl, { type: 'bill' }>) => void;
  isGatewayRunning: () => boolean;
  answerMs?: number;
}): BillRequests {
  const open = new Map<string, { resolve: (rows: BilledDay[]) => void; reject: (error: HiveError) => void }>();
  const absent = (what: string) =>
    new HiveError('service_unavailable', `${what} Look at its state and log.`, {
      details: { command: 'hivectl status, hivectl doctor' },
    });
  return {
    async ask(question) {
      if (!deps.isGatewayRunning()) throw absent('The gateway does not run.');
      const id = randomUUID();
      let timer: NodeJS.Timeout | undefined;
      try {
        return await new Promise<BilledDay[]>((resolve, reject) => {
          open.set(id, { resolve, reject });
          timer = setTimeout(() => reject(absent('The gateway does not answer.')), deps.answerMs ?? ANSWER_MS);
          deps.send({ type: 'bill', id, ...question });
        });
      } finally {
        clearTimeout(timer);
        open.delete(id);
      }
    },
    hear({ id, failure, rows }) {
      const asked = open.get(id);
      if (failure === null) asked?.resolve(rows);
      else asked?.reject(sayFailure(failure));
    },
    gatewayEnded() {
      for (const { reject } of open.values()) reject(absent('The gateway ended in the middle of the question.'));
    },
  };
}
