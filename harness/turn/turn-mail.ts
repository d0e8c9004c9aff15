import type { Delivered } from '../../protocol/schemas/message.ts';

/**
 * The mail that hived leased to the running turn, as far as the harness knows, so that every message is shown to the
 * model exactly once, however often and by whichever way it arrived (the offer, `recv`, `urgent`).
 */
export interface TurnMail {
  /** Begins a turn with these in its prompt; the previous turn's state is dropped. */
  begin(offered: readonly Delivered[]): void;
  /** Records messages from hived; returns those that the turn did not have yet. */
  admit(messages: readonly Delivered[]): Delivered[];
  /** The turn's deliveries, newest last. */
  known(): number[];
  /** Records that `recv` answers with these messages, each in this block of text. */
  noteFetched(shown: readonly { id: number; block: string }[]): void;
  /** Marks as seen those that are completely in a tool's result, as the CLI shows it to the model; returns them. */
  takeFetched(result: string): number[];
  /** Marks all as seen: the program got complete answers of `recv` itself. */
  takeAllFetched(): number[];
  /**
   * Queues messages that `recv` fetched but that exceed a tool's result: they are written into the turn, now or in
   * the next run of the CLI.
   */
  handOver(messages: readonly Delivered[]): void;
  /**
   * Sets the function that writes such mail into the running turn; null when none can. Queued mail is passed to it at
   * once.
   */
  onHandOver(say: ((messages: Delivered[]) => void) | null): void;
  /** Records that hived could not be asked whether it leased more mail to the turn. */
  markUncertain(): void;
  /** Whether the turn has mail that the model never saw: such a turn must not count as done. */
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
