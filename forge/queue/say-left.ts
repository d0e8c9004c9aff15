import type { FactMail } from '../../protocol/schemas/forge-fact.ts';
import { namePerson, quote } from '../pulls/notify.ts';

/** Why a pull request is not waiting to be merged any more. */
export type Left =
  /** Somebody took it out. */
  | { readonly is: 'taken' }
  /** Somebody asked for its merge once more: of a newer commit, or into another base. */
  | { readonly is: 'anew' }
  /** The queue put it out. */
  | {
      readonly is: 'put_out';
      /** A sentence without its beginning capital and its end. */
      readonly reason: string;
      /** Text of others that explains it, such as the output of a check. */
      readonly lines?: string;
      /** What has to happen before the next try: the reason is solved, nothing, or somebody else has to ask. */
      readonly next: 'solve' | 'ask' | 'others_ask';
    };

/** The reason in the conversation and in the event, after what happened; empty: who did it says enough. */
export function reasonOf(left: Left): string {
  return left.is === 'put_out' ? left.reason : left.is === 'anew' ? 'to ask for it anew' : '';
}

const NEXT = {
  solve: 'Ask for its merge again when that is solved.',
  ask: 'Ask for its merge again.',
  others_ask: 'Somebody who may merge it can ask for that again.',
} as const;

/** The notice to those who wait for it. */
export function sayLeft(
  { name, title, headOid, mode }: { name: string; title: string; headOid: string; mode: 'queue' | 'alone' },
  { by, left }: { by: string; left: Left },
): FactMail['body'] {
  const who = namePerson(by);
  if (left.is === 'anew')
    return [`${who} asked anew for the merge of ${name} (`, quote(title), `), at its commit ${headOid}.`];
  if (left.is === 'taken')
    return mode === 'queue'
      ? [`${who} took ${name} (`, quote(title), ') out of the merge queue.']
      : [`${who} ended the wait of ${name} (`, quote(title), ') for its merge.'];
  const { reason, lines = '', next } = left;
  return [
    `${name} (`,
    quote(title),
    mode === 'queue' ? ') is no longer in the merge queue: ' : ') is no longer waiting to be merged: ',
    quote(reason),
    ...(lines === '' ? ['.'] : ['. The first lines that say why: ', quote(lines)]),
    ` ${NEXT[next]}`,
  ];
}
