import type { CreateSplitter } from '../stream-meter.ts';
import { MAX_READ_BYTES } from '../tap.ts';

/**
 * Cuts a stream that is one JSON array into its elements, each as soon as it is complete. Elements that are neither
 * objects nor arrays are not events.
 */
export const splitArray: CreateSplitter = ({ event, tooLong }) => {
  let depth = 0;
  let inString = false;
  let escaped = false;
  /** The beginning of an element that is not complete yet. */
  let held = '';

  /** Whether the character opens or closes an element; strings may contain brackets. */
  function step(char: string): 'opens' | 'closes' | null {
    if (inString) {
      if (escaped) escaped = false;
      else if (char === '\\') escaped = true;
      else if (char === '"') inString = false;
      return null;
    }
    if (char === '"') inString = true;
    else if (char === '{' || char === '[') {
      depth += 1;
      if (depth === 2) return 'opens';
    } else if (char === '}' || char === ']') {
      depth -= 1;
      if (depth === 1) return 'closes';
    }
    return null;
  }

  return {
    feed(text) {
      let from = 0;
      for (let at = 0; at < text.length; at += 1) {
        const found = step(text[at] ?? '');
        if (found === 'opens') from = at;
        if (found !== 'closes') continue;
        event({ data: held + text.slice(from, at + 1) });
        held = '';
      }
      if (depth > 1) held += text.slice(from);
      if (held.length > MAX_READ_BYTES) tooLong();
    },
  };
};
