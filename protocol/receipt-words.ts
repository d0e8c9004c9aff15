import type { OPERATOR } from './names.ts';
import type { DeliveryState, Receipt } from './schemas/message.ts';

/** The stage of a delivery: its state, refined by its times and by its recipient. */
export type ReceiptStage =
  | 'unread'
  | 'waiting'
  | 'rides'
  | 'held'
  | 'put_back'
  | 'leased'
  | 'in_context'
  | 'handled'
  | 'read'
  | 'dead'
  | 'expired'
  | 'withdrawn';

/**
 * The position of a step. done: completed. now: the current one. next: still to come. held: stopped. bad: ended
 * unhandled.
 */
export type ReceiptTone = 'done' | 'now' | 'next' | 'held' | 'bad';

/** One step of a delivery. */
export interface ReceiptStep {
  /** In small letters. */
  readonly words: string;
  /** Epoch milliseconds; null: still to come, or its time is not recorded. */
  readonly at: number | null;
  readonly tone: ReceiptTone;
}

/** How a view formats the times of a receipt, each with its preposition. */
export interface ReceiptFormat {
  /** A step that was reached: "at 09:00", "after 40ms". */
  reached(at: number, storedAt: number): string;
  /** What has been going on since then: "since 09:00", "for 2s". */
  since(at: number): string;
  /** A hold that ends by itself: "until 09:00", "for 5s more". */
  until(at: number): string;
  /** A hold that the operator ends: "until you let it go on". */
  readonly untilReleased: string;
}

/** The texts for a delivery at one stage. */
interface StageWords {
  /** A word or two: the whole receipt where there is little space. */
  readonly label: string | ((receipt: Receipt) => string);
  /** The current step, or the one at which it ended. */
  readonly step: string | ((receipt: Receipt) => string);
  readonly tone: ReceiptTone;
  /** The steps that are still to come. */
  readonly next: readonly string[];
  /** The receipt as part of a sentence. */
  say(receipt: Receipt, format: ReceiptFormat): string;
}

const IN_CONTEXT = 'in context';
const HANDLED = 'handled';
const TO_COME = [IN_CONTEXT, HANDLED];

/**
 * The texts of every stage of a delivery, defined once: for agents (tools `receipts` and `thread`), `hivectl` and the
 * page, which only format times differently. This file has no schemas, so that the page can import the texts without
 * them.
 */
const STAGE_WORDS: { readonly [S in ReceiptStage]: StageWords } = {
  unread: {
    label: 'unread',
    step: 'unread',
    tone: 'now',
    next: [],
    say: ({ storedAt }, { since }) => `waiting ${since(storedAt)}`,
  },
  waiting: {
    label: 'waiting',
    step: 'waits for a turn',
    tone: 'now',
    next: TO_COME,
    say: sayWait,
  },
  rides: {
    label: 'rides along',
    step: 'rides along with the next mail',
    tone: 'now',
    next: TO_COME,
    say: ({ storedAt }, { since }) => `waiting ${since(storedAt)}, rides along with the next mail`,
  },
  held: {
    label: (receipt) => `held${attempt(receipt)}`,
    step: 'held',
    tone: 'held',
    next: TO_COME,
    say: sayWait,
  },
  put_back: {
    label: (receipt) => `waiting${attempt(receipt)}`,
    step: ({ turn }) => (turn === null ? 'put back, waits' : `put back by turn ${turn}, waits`),
    tone: 'now',
    next: TO_COME,
    say: sayWait,
  },
  leased: {
    label: sayInTurn,
    step: 'turn is beginning',
    tone: 'now',
    next: TO_COME,
    say: (receipt, format) =>
      `handed to ${turnOf(receipt)}${reached(receipt.leasedAt, receipt, format)}${attempt(receipt)}, not read yet`,
  },
  in_context: {
    label: sayInTurn,
    step: 'being handled',
    tone: 'now',
    next: [HANDLED],
    say: (receipt, format) =>
      `in the context of ${turnOf(receipt)}${reached(receipt.inContextAt, receipt, format)}${attempt(receipt)}, not handled yet`,
  },
  handled: {
    label: (receipt) => `handled${attempt(receipt)}`,
    step: HANDLED,
    tone: 'done',
    next: [],
    say: (receipt, format) => {
      const seen = receipt.inContextAt === null ? '' : `in context${reached(receipt.inContextAt, receipt, format)}, `;
      return `${seen}handled by ${turnOf(receipt)}${reached(receipt.endedAt, receipt, format)}${attempt(receipt)}`;
    },
  },
  read: {
    label: 'read',
    step: 'read',
    tone: 'done',
    next: [],
    say: (receipt, format) => `read${reached(receipt.endedAt, receipt, format)}`,
  },
  dead: {
    label: (receipt) => `given up${attempt(receipt)}`,
    step: ({ attempts }) => (attempts === 0 ? 'given up' : `given up after ${turns(attempts)}`),
    tone: 'bad',
    next: [],
    say: (receipt, format) => `given up${reached(receipt.endedAt, receipt, format)}${failed(receipt)}`,
  },
  expired: {
    label: (receipt) => `expired${attempt(receipt)}`,
    step: 'expired',
    tone: 'bad',
    next: [],
    say: (receipt, format) => `expired unread${reached(receipt.endedAt, receipt, format)}`,
  },
  withdrawn: {
    label: (receipt) => `withdrawn${attempt(receipt)}`,
    step: 'withdrawn',
    tone: 'bad',
    next: [],
    say: (receipt, format) => `withdrawn${reached(receipt.endedAt, receipt, format)}`,
  },
};

/** Texts for counts of deliveries by state. */
export const STATE_WORDS: Readonly<Record<DeliveryState, string>> = {
  queued: 'waiting',
  leased: 'in a turn',
  done: 'handled',
  dead: 'given up',
  expired: 'expired',
  withdrawn: 'withdrawn',
};

/** Counts of queued deliveries: those that wait for a turn, and those that start none. */
export function listQueued({ queued, riding = 0 }: { queued: number; riding?: number | undefined }): string[] {
  return [
    ...(queued > riding ? [`${queued - riding} waiting`] : []),
    ...(riding > 0 ? [`${riding} ${riding === 1 ? 'rides' : 'ride'} along`] : []),
  ];
}

/** The stage of a delivery. The operator has no turns: their deliveries are unread, then read. */
export function stageOf({ recipient, state, heldUntil, attempts, inContextAt, rides }: Receipt): ReceiptStage {
  const isOperator = recipient === ('operator' satisfies typeof OPERATOR);
  switch (state) {
    case 'queued':
      if (isOperator) return 'unread';
      if (heldUntil !== null) return 'held';
      if (rides === true) return 'rides';
      return attempts > 0 ? 'put_back' : 'waiting';
    case 'leased':
      return inContextAt === null ? 'leased' : 'in_context';
    case 'done':
      return isOperator ? 'read' : 'handled';
    default:
      return state;
  }
}

/** A delivery's stage, in a word or two. */
export function labelReceipt(receipt: Receipt): string {
  return choose(STAGE_WORDS[stageOf(receipt)].label, receipt);
}

/** A delivery's stage, since when, and what it waits for, as part of a sentence: "waiting for 2s, woken". */
export function sayReceiptStage(receipt: Receipt, format: ReceiptFormat): string {
  return STAGE_WORDS[stageOf(receipt)].say(receipt, format);
}

/** All steps of a delivery: completed, current, and still to come. */
export function traceReceipt(receipt: Receipt): ReceiptStep[] {
  const { storedAt, wokenAt, leasedAt, inContextAt, turn } = receipt;
  const stage = stageOf(receipt);
  const { step, tone, next } = STAGE_WORDS[stage];
  const behind: [words: string, at: number | null][] = [['stored', storedAt]];
  // Deliveries to the operator wake no harness and belong to no turn.
  if (stage !== 'unread' && stage !== 'read')
    behind.push(
      ['woken', wokenAt],
      [turn === null ? 'leased' : `leased to turn ${turn}`, leasedAt],
      [IN_CONTEXT, inContextAt],
    );
  return [
    ...behind.filter(([, at]) => at !== null).map(([words, at]): ReceiptStep => ({ words, at, tone: 'done' })),
    { words: choose(step, receipt), at: receipt.endedAt, tone },
    ...next.map((words): ReceiptStep => ({ words, at: null, tone: 'next' })),
  ];
}

/** Until when a waiting delivery is held: a time, or until the operator releases it; null: it is not held. */
export function holdOf({ state, heldUntil, storedAt }: Receipt): number | 'released' | null {
  if (state !== 'queued' || heldUntil === null) return null;
  return heldUntil - storedAt > LONGEST_DELAY_MS ? 'released' : heldUntil;
}

/** No automatic delay lasts a year. */
const LONGEST_DELAY_MS = 365 * 86_400_000;

/**
 * Why it is at this stage, in the hive's own words; for a delivery that was requeued after a failed turn, why that turn
 * failed.
 */
export function reasonOf({ state, note }: Receipt): string | null {
  if (note === null) return null;
  return state === 'leased' || state === 'done' ? `before: ${note}` : note;
}

function sayWait(receipt: Receipt, { since, until, untilReleased }: ReceiptFormat): string {
  const hold = holdOf(receipt);
  const held = hold === null ? '' : `, held ${hold === 'released' ? untilReleased : until(hold)}`;
  const woken = receipt.wokenAt === null ? '' : ', woken';
  return `waiting ${since(receipt.storedAt)}${woken}${held}${failed(receipt)}`;
}

function sayInTurn(receipt: Receipt): string {
  return `in ${turnOf(receipt)}${attempt(receipt)}`;
}

function turnOf({ turn }: Receipt): string {
  return turn === null ? 'a turn' : `turn ${turn}`;
}

function reached(at: number | null, { storedAt }: Receipt, format: ReceiptFormat): string {
  return at === null ? '' : ` ${format.reached(at, storedAt)}`;
}

function attempt({ attempts }: Receipt): string {
  return attempts > 1 ? `, attempt ${attempts}` : '';
}

function failed({ attempts }: Receipt): string {
  return attempts === 0 ? '' : `, ${turns(attempts)} did not finish`;
}

function turns(count: number): string {
  return `${count} ${count === 1 ? 'turn' : 'turns'}`;
}

function choose(words: string | ((receipt: Receipt) => string), receipt: Receipt): string {
  return typeof words === 'string' ? words : words(receipt);
}
