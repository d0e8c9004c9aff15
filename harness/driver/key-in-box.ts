/** What a CLI has in place of a provider's key. The gateway replaces it by the real one, which no box ever sees. */
export const KEY_IN_BOX = 'hive';
