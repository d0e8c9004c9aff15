/** The shape of one provider's keys, by which a key is recognized that nobody declared as a secret. */
interface KeyShape {
  readonly kind: string;
  /** A literal part of every such key: a text without it is not searched further. */
  readonly mark: string;
  readonly pattern: RegExp;
  /** Excludes words and placeholders of the same shape. */
  readonly isKey?: (match: string) => boolean;
}

/** The marks are short and begin with a rare letter: such a search is the fastest. */
const SHAPES: readonly KeyShape[] = [
  { kind: 'api-key', mark: 'k-', pattern: /(?<![\w-])sk-[\w-]{32,512}/g, isKey: looksRandom },
  { kind: 'github-token', mark: 'ghp_', pattern: /(?<!\w)ghp_[A-Za-z0-9]{36,255}/g },
  { kind: 'github-token', mark: 'gho_', pattern: /(?<!\w)gho_[A-Za-z0-9]{36,255}/g },
  { kind: 'github-token', mark: 'ghs_', pattern: /(?<!\w)ghs_[A-Za-z0-9]{36,255}/g },
  { kind: 'github-token', mark: '_pat_', pattern: /(?<!\w)github_pat_\w{60,255}/g },
  { kind: 'aws-key-id', mark: 'AKIA', pattern: /(?<![A-Za-z0-9])AKIA[A-Z2-7]{16}(?![A-Za-z0-9])/g },
  {
    kind: 'private-key',
    mark: 'E KEY',
    // Line breaks may be escaped for JSON, and the end cut off; the header alone is no key.
    pattern:
      /-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----[A-Za-z0-9+/=\s\\]{40,32768}(?:-----END [A-Z0-9 ]{1,48}-----)?/g,
  },
];

/** No key of these shapes is shorter, in UTF-16 units. */
export const SHORTEST_KEY = 20;

/** Replaces what has the shape of a well-known key; `replace` gets the kind and returns the replacement. */
export function replaceKeyShapes(text: string, replace: (kind: string) => string): string {
  if (text.length < SHORTEST_KEY) return text;
  let rest = text;
  for (const { kind, mark, pattern, isKey } of SHAPES)
    if (rest.includes(mark))
      rest = rest.replace(pattern, (match) => (isKey === undefined || isKey(match) ? replace(kind) : match));
  return rest;
}

/** A long run of mixed letters and digits, as no name made of words has it. */
function looksRandom(match: string): boolean {
  return match.split(/[-_]/).some((run) => run.length >= 16 && /[0-9]/.test(run) && /[A-Za-z]/.test(run));
}
