import type { EventFormat } from './words.ts';

export function because(reason: string | null): string {
  return reason === null ? '' : `: ${reason}`;
}

export function again(inMs: number | null, { span }: EventFormat): string {
  return inMs === null ? '' : `; again in ${span(inMs)}`;
}

export function ids(messages: readonly number[]): string {
  return messages.map((id) => `#${id}`).join(' ');
}
