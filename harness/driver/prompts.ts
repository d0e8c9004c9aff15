import type { Prompt } from './driver.ts';

/** The first text when the session to continue is gone. */
export const FRESH_NOTE =
  '(Your earlier conversation could not be restored: this is a fresh one. Your files are all there.)';

/** The first text when the session's file was cut off, as by a power failure. */
export const CUT_NOTE =
  '(The file of your earlier conversation was cut off, as by a power failure, and lacks its end: this is a fresh conversation. Your files are all there; check what was done before you repeat anything.)';

export function joinPrompts(all: readonly Prompt[]): Prompt {
  return { text: all.map(({ text }) => text).join('\n\n'), messages: all.flatMap(({ messages }) => messages) };
}
