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
  /** `recv` answers with these messages, each in this block of text. */
  noteFetched(shown: readonly { id: number; block: string }[]): void;
  /** Which of them stand whole in a tool's result, as the CLI shows it to the model; these are seen. */
  takeFetched(result: string): number[];
  /** All of them: the program got the answers of `recv` itself, and so has them whole. */
  takeAllFetched(): number[];
  /** What `recv` got and a tool's result has no room for: it is said into the turn, now or in the next run of the CLI. */
  handOver(messages: readonly Delivered[]): void;
  /** Who says such mail into the running turn; null when nobody can. What waits for one is handed to it at once. */
  onHandOver(say: ((messages: Delivered[]) => void) | null): void;
  /** hived could not be asked whether it leased anything else to the turn. */
  markUncertain(): void;
  /** Whether something was leased to the turn that the model never saw: such a turn must not count as done. */
  someUnseen(): boolean;
}

export function createTurnMail(): TurnMail {
  const has = new Set<number>();
  let unseen: { id: number; block: string }[] = [];
  let toSay: Delivered[] = [];
  let say: ((messages: Delivered[]) => void) | null = null;
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
      toSay = [];
      uncertain = false;
      admit(offered);
    },
    admit,
    known: () => [...has],
    noteFetched: (shown) => {
      unseen.push(...shown);
    },
    takeFetched: (result) => {
      const seen = unseen.filter(({ block }) => result.includes(block));
      unseen = unseen.filter((one) => !seen.includes(one));
      return seen.map(({ id }) => id);
    },
    takeAllFetched: () => unseen.splice(0).map(({ id }) => id),
    handOver: (messages) => {
      if (messages.length === 0) return;
      if (say === null) toSay.push(...messages);
      else say([...messages]);
    },
    onHandOver: (next) => {
      say = next;
      if (say !== null && toSay.length > 0) say(toSay.splice(0));
    },
    markUncertain: () => {
      uncertain = true;
    },
    someUnseen: () => uncertain || unseen.length > 0 || toSay.length > 0,
  };
}
