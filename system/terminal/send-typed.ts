/** Sends typed text in order, one piece at a time; what is typed meanwhile is sent together. */
export interface TypedSender {
  type(text: string): void;
  /** Text that is not sent yet. A caller with much of it waits: see `onSent`. */
  waiting(): number;
}

/**
 * `send` gets at most `maxChars` at a time and is not called again before it is done. An error goes to `onError` and
 * loses what waits: whoever typed it sees that it did not appear. `onSent` is called after each piece.
 */
export function createTypedSender(options: {
  send: (text: string) => Promise<unknown>;
  maxChars: number;
  onSent: () => void;
  onError: (error: unknown) => void;
}): TypedSender {
  let waiting = '';
  let isSending = false;

  async function sendAll(): Promise<void> {
    isSending = true;
    try {
      while (waiting !== '') {
        const piece = takePiece(waiting, options.maxChars);
        waiting = waiting.slice(piece.length);
        await options.send(piece);
        options.onSent();
      }
    } catch (error) {
      waiting = '';
      options.onError(error);
    } finally {
      isSending = false;
    }
  }

  return {
    type(text) {
      waiting += text;
      if (!isSending) void sendAll();
    },
    waiting: () => waiting.length,
  };
}

/** No more than `maxChars`, and no half of a character beyond U+FFFF at the end. */
function takePiece(text: string, maxChars: number): string {
  const piece = text.slice(0, maxChars);
  const isCut = piece.length < text.length && /[\uD800-\uDBFF]$/.test(piece);
  return isCut && piece.length > 1 ? piece.slice(0, -1) : piece;
}
