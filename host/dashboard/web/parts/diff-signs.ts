/** How lines of a diff are told apart without colour. */
export const SIGNS = { added: '+', removed: '−', same: ' ', gap: '' } as const;
/** The elements of words that changed. */
export const CHANGED = { added: 'ins', removed: 'del', same: 'span', gap: 'span' } as const;
