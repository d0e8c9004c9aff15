const WORDS: Readonly<Record<string, string>> = {
  pack: 'packs joined',
  graph: 'history indexed',
  prune: 'rewritten without what nothing leads to',
};

/** What maintenance did, for people. */
export function sayMaintenance(did: readonly string[]): string {
  return did.length === 0 ? 'nothing to do' : did.map((step) => WORDS[step] ?? step).join(', ');
}
