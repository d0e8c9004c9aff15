import type { Prompt } from './driver.ts';

/** The first text when the session to continue is gone. */
export const FRESH_NOTE =
  '(Your earlier conversation could not be restored: this is a fresh one. Your files are all there.)';

export function joinPrompts(all: readonly Prompt[]): Prompt {
  return { text: all.map(({ text }) => text).join('\n\n'), messages: all.flatMap(({ messages }) => messages) };
}
