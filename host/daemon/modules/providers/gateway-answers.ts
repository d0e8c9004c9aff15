import { randomUUID } from 'node:crypto';

/** The gateway answers from memory. */
const ANSWER_MS = 5_000;

/** Whether there is somebody to ask, and how long to wait (milliseconds). */
export interface AskDeps {
  isGatewayRunning: () => boolean;
  answerMs?: number;
}

/** Questions to the gateway, each of which it answers by a report with the question's id. */
interface GatewayAnswers<A> {
  /** Sends a question, and waits for its answer: null when the gateway does not answer. Never rejects. */
  ask(send: (id: string) => void): Promise<A | null>;
  hear(id: string, answer: A): void;
  /** The gateway exited: nobody answers what it was asked. */
  gatewayEnded(): void;
}

export function createGatewayAnswers<A>(deps: AskDeps): GatewayAnswers<A> {
  const open = new Map<string, (answer: A | null) => void>();
  return {
    async ask(send) {
      if (!deps.isGatewayRunning()) return null;
      const id = randomUUID();
      return new Promise((resolve) => {
        const settle = (answer: A | null) => {
          clearTimeout(timer);
          open.delete(id);
          resolve(answer);
        };
        const timer = setTimeout(() => settle(null), deps.answerMs ?? ANSWER_MS);
        open.set(id, settle);
        send(id);
      });
    },
    hear: (id, answer) => open.get(id)?.(answer),
    gatewayEnded() {
      for (const settle of open.values()) settle(null);
    },
  };
}
