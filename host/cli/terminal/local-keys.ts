/** What the operator typed, without what is meant for hivectl itself. */
export interface Typed {
  /** For the program in the box. */
  readonly text: string;
  /** The operator wants to leave: nothing that was typed later counts. */
  readonly leave: boolean;
}

/**
 * Finds `Enter ~ .` in what is typed, as ssh does: the way out when the program in the box hangs. `Enter ~ ~` is one "~".
 * A "~" behind Enter is held back until the next key. Returns a function that takes each piece of typed text.
 */
export function createLocalKeys(): (text: string) => Typed {
  let state: 'line-start' | 'tilde' | 'inside' = 'line-start';
  return (text) => {
    let sent = '';
    for (const char of text) {
      if (state === 'tilde') {
        if (char === '.') return { text: sent, leave: true };
        if (char !== '~') sent += '~';
        state = 'inside';
      } else if (state === 'line-start' && char === '~') {
        state = 'tilde';
        continue;
      }
      sent += char;
      state = char === '\r' || char === '\n' ? 'line-start' : 'inside';
    }
    return { text: sent, leave: false };
  };
}
