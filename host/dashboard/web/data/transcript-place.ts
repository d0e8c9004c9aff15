/** A place in a transcript that an address or a reader names. */
export type TranscriptPlace =
  | { readonly is: 'event'; readonly seq: number }
  | { readonly is: 'turn'; readonly turn: number }
  | { readonly is: 'message'; readonly message: number };

/** The place in an address: `?event=1234`, `?message=108` or `#turn-12`; null when it names none. */
export function readPlace(search: string, hash: string): TranscriptPlace | null {
  const query = new URLSearchParams(search);
  const [event, message] = [numberIn(query.get('event')), numberIn(query.get('message'))];
  if (event !== null) return { is: 'event', seq: event };
  if (message !== null) return { is: 'message', message };
  const turn = numberIn(/^#turn-(\d+)$/.exec(hash)?.[1] ?? null);
  return turn === null ? null : { is: 'turn', turn };
}

/** The place that somebody typed: `turn 12` or `#108`, a message; null when it is text to be searched for. */
export function readTypedPlace(text: string): TranscriptPlace | null {
  const turn = numberIn(/^turn\s*#?(\d+)$/i.exec(text.trim())?.[1] ?? null);
  if (turn !== null) return { is: 'turn', turn };
  const message = numberIn(/^#(\d+)$/.exec(text.trim())?.[1] ?? null);
  return message === null ? null : { is: 'message', message };
}

function numberIn(text: string | null): number | null {
  if (text === null || !/^\d{1,15}$/.test(text)) return null;
  const number = Number(text);
  return number > 0 ? number : null;
}
