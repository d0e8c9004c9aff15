import { createContext, useContext } from 'react';

const MarkContext = createContext('');

/** Words that are marked wherever texts below show them; empty: none. Lower case. */
export const MarkProvider = MarkContext.Provider;

/** The words to be marked, in lower case; empty: none. */
export function useMark(): string {
  return useContext(MarkContext);
}

/** Marks are for readers: of a text full of them, the first ones are enough. */
const MOST_MARKS = 200;

/** A text in which the searched words are marked. */
export function Marked({ text }: { text: string }) {
  const mark = useMark();
  if (mark === '') return text;
  const folded = text.toLowerCase();
  // Where folding changes the length, places would not fit.
  if (folded.length !== text.length) return text;
  const pieces: React.ReactNode[] = [];
  let end = 0;
  for (let at = folded.indexOf(mark); at !== -1 && pieces.length < MOST_MARKS; at = folded.indexOf(mark, end)) {
    pieces.push(text.slice(end, at), <mark key={at}>{text.slice(at, at + mark.length)}</mark>);
    end = at + mark.length;
  }
  return end === 0 ? text : [...pieces, text.slice(end)];
}
