/** Mail that `recv` brought into the running turn. */
export interface FetchedMail {
  note(messages: readonly number[]): void;
  /** What was fetched since it was last asked: it is being shown to the model now. */
  take(): number[];
  markUncertain(): void;
  /** Whether something was leased to the turn that the model never saw: such a turn must not count as done. */
  someUnseen(): boolean;
  reset(): void;
}

export function createFetchedMail(): FetchedMail {
  let unseen: number[] = [];
  let uncertain = false;
  return {
    note: (messages) => {
      unseen.push(...messages);
    },
    take: () => unseen.splice(0),
    markUncertain: () => {
      uncertain = true;
    },
    someUnseen: () => uncertain || unseen.length > 0,
    reset: () => {
      unseen = [];
      uncertain = false;
    },
  };
}
