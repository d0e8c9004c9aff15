import type { GatewayMoment } from '../../../../protocol/schemas/gateway.ts';
import type { GatewayControl, MomentReport } from '../../../../protocol/schemas/service.ts';
import { type AskDeps, createGatewayAnswers } from './gateway-answers.ts';

/** What the gateway does now, told only when somebody asks. */
export interface GatewayMoments {
  /** Null when the gateway does not answer. Callers at the same time share one question. Never rejects. */
  ask(): Promise<GatewayMoment | null>;
  hear(report: MomentReport): void;
  /** The gateway exited: nobody answers what it was asked. */
  gatewayEnded(): void;
}

export function createGatewayMoments(
  deps: AskDeps & { send: (line: Extract<GatewayControl, { type: 'moment' }>) => void },
): GatewayMoments {
  const answers = createGatewayAnswers<GatewayMoment>(deps);
  let running: Promise<GatewayMoment | null> | null = null;
  return {
    ask() {
      running ??= answers
        .ask((id) => deps.send({ type: 'moment', id }))
        .finally(() => {
          running = null;
        });
      return running;
    },
    hear: ({ id, moment }) => answers.hear(id, moment),
    gatewayEnded: answers.gatewayEnded,
  };
}
