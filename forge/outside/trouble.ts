import { HiveError } from '../../protocol/errors.ts';

/** Why work with a server outside failed. */
export const TROUBLES = [
  /** The gateway lets nothing through to it. */
  'refused',
  /** It wants credentials, or does not take those that it got. */
  'credentials',
  'not_found',
  /** It names another address. */
  'redirected',
  'too_large',
  /** It has commits that would be lost. */
  'diverged',
  /** It does not take what is published. */
  'rejected',
  /** A secret of the hive would come in, or go out. */
  'secret',
  /** It sends what the forge refuses from everybody. */
  'content',
  'slow',
  'other',
] as const;
export type TroubleKind = (typeof TROUBLES)[number];

export interface Trouble {
  readonly kind: TroubleKind;
  /** A sentence for the operator, with what to do. */
  readonly words: string;
}

/** Whether trying again is of no use before the operator has done something. */
export function needsOperator({ kind }: Pick<Trouble, 'kind'>): boolean {
  return kind !== 'slow' && kind !== 'other';
}

/** The failure of work with a server outside; for callers `outside_failed` with the sentence. */
export class OutsideError extends HiveError {
  readonly trouble: Trouble;
  constructor(trouble: Trouble, options: { cause?: unknown } = {}) {
    super('outside_failed', trouble.words, { ...options, details: { kind: trouble.kind } });
    this.trouble = trouble;
  }
}
