import type { Delivered } from '../../protocol/schemas/message.ts';

/**
 * What hived leased to the running turn, as far as the harness knows, so that every message is shown to the
 * model exactly once, whichever way it came (the offer, `recv`, `urgent`) and however often.
 */
export interface TurnMail {
  /** A turn begins with these in its prompt; what was known of the one before is forgotten. */
  begin(offered: readonly Delivered[]): void;
  /** hived handed these out: those that the turn did not have yet. */
  admit(messages: readonly Delivered[]): Delivered[];
  /** The deliveries that the turn has, newest last. */
  known(): number[];
  /** `recv` answers with these messages. */
  noteFetched(messages: readonly number[]): void;
  /** What `recv` answered with since it was last asked: it is being shown to the model now. */
  takeFetched(): number[];
  /** hived could not be asked whether it leased anything else to the turn. */
  markUncertain(): void;
  /** Whether something was leased to the turn that the model never saw: such a turn must not count as done. */
  someUnseen(): boolean;
}

export function createTurnMail(): TurnMail {
  const has = new Set<number>();
  let unseen: number[] = [];
  let uncertain = false;

  function admit(messages: readonly Delivered[]): Delivered[] {
    const fresh = messages.filter((message) => !has.has(message.delivery));
    for (const message of fresh) has.add(message.delivery);
    return fresh;
  }

  return {
    begin(offered) {
      has.clear();
      unseen = [];
      uncertain = false;
      admit(offered);
    },
    admit,
    known: () => [...has],
    noteFetched: (messages) => {
      unseen.push(...messages);
    },
    takeFetched: () => unseen.splice(0),
    markUncertain: () => {
      uncertain = true;
    },
    someUnseen: () => uncertain || unseen.length > 0,
  };
}
