const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
type LogLevel = (typeof LEVELS)[number];

/** Writes one line. Fields are facts about a call; never its body, a header's value or a key. */
export type Log = (level: LogLevel, message: string, fields?: Record<string, unknown>) => void;

/** A log of JSON Lines. `write` gets each line without its line break. */
export function createLog(least: LogLevel, options: { write: (line: string) => void; now: () => number }): Log {
  const threshold = LEVELS.indexOf(least);
  return (level, message, fields = {}) => {
    if (LEVELS.indexOf(level) < threshold) return;
    options.write(JSON.stringify({ at: options.now(), level, message, ...fields }));
  };
}

/**
 * What may be said in a log or an answer about an error from outside: its code, else its class. Its
 * message is left out, since some libraries quote what they were given.
 */
export function nameError(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : error.name;
}
