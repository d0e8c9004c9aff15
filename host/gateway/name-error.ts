/**
 * What may be said in a log or an answer about an error from outside: its code, else its class. Its
 * message is left out, since some libraries quote what they were given.
 */
export function nameError(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : error.name;
}
