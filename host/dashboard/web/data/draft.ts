import type { OpInput } from '../../../../protocol/op.ts';
import type { operatorSurface } from '../../../../protocol/operations/operator.ts';
import type { Attachment, Priority, SendInput } from '../../../../protocol/schemas/message.ts';
import type { ComposeKind } from './message-kinds.ts';
import { PAGE_MAX_ATTACHMENTS, PAGE_MAX_BODY_BYTES } from './mutations.ts';

/** An unsent message of the operator, without its text and recipient. */
export interface Draft {
  kind: ComposeKind;
  priority: Priority | '';
  /** For a question: the possible answers, the deadline in seconds ('' for none), the answer taken at the deadline. */
  choices: string[];
  deadline: string;
  default: string;
  files: Attachment[];
}

export const EMPTY_DRAFT: Draft = { kind: 'note', priority: '', choices: [], deadline: '', default: '', files: [] };

/** Null when the draft can be sent, otherwise the reason; an empty reason for an empty text, which needs no explanation. */
export function whyNotSend(body: string, draft: Draft, to: string): string | null {
  if (body.trim() === '') return '';
  if (new TextEncoder().encode(body).length > PAGE_MAX_BODY_BYTES)
    return 'The message is over 64 KiB: put it into a file and attach it.';
  if (draft.files.length > PAGE_MAX_ATTACHMENTS) return `A message has at most ${PAGE_MAX_ATTACHMENTS} attachments.`;
  if (draft.kind !== 'question') return null;
  if (!/^[a-z]/.test(to)) return 'A question is asked of one agent. Send a note to a group.';
  if (draft.choices.length === 1) return 'Give another choice, or none for a free-text answer.';
  if (draft.choices.length > 10) return 'A question has at most 10 choices.';
  if (draft.default !== '' && draft.deadline === '') return 'A default is taken at a deadline: choose one.';
  if (draft.default !== '' && draft.choices.length > 0 && !draft.choices.includes(draft.default))
    return 'The default must be one of the choices.';
  return null;
}

/** The input of the send operation; fields that do not apply to the draft's kind are left out. */
export function toSendInput(
  body: string,
  draft: Draft,
  { to, inReplyTo }: { to: SendInput['to']; inReplyTo: number | undefined },
): OpInput<typeof operatorSurface.send> {
  const isQuestion = draft.kind === 'question';
  return {
    to,
    body,
    kind: draft.kind,
    ...(inReplyTo === undefined ? {} : { in_reply_to: inReplyTo }),
    ...(draft.priority === '' ? {} : { priority: draft.priority }),
    ...(isQuestion && draft.choices.length > 0 ? { choices: draft.choices } : {}),
    ...(isQuestion && draft.deadline !== '' ? { deadline_seconds: Number(draft.deadline) } : {}),
    ...(isQuestion && draft.default !== '' ? { default: draft.default } : {}),
    ...(draft.files.length > 0 ? { attachments: draft.files.map(({ name, hash }) => ({ name, hash })) } : {}),
  };
}

/** Makes a file name unique among the draft's attachments: "plan.md", "plan (2).md". */
export function makeUniqueName(name: string, files: readonly Attachment[]): string {
  const taken = new Set(files.map((file) => file.name));
  if (!taken.has(name)) return name;
  const dot = name.lastIndexOf('.');
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  let number = 2;
  while (taken.has(`${stem} (${number})${ending}`)) number++;
  return `${stem} (${number})${ending}`;
}
