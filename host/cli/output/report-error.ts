import { HiveError } from '../../../protocol/errors.ts';
import { sayAdvice } from '../../../protocol/say-advice.ts';
import { cleanText } from './clean-text.ts';
import { type Io, createTerminal, toJson } from './terminal.ts';

/** With the command that helps, if hived names one. */
export function sayError({ message, details }: HiveError): string {
  const command = details?.['command'];
  return sayAdvice(message, typeof command === 'string' ? command : undefined);
}

/** Reports an error on stderr, as text or (with --json) as the error body. Returns the exit code. */
export function reportError(error: unknown, io: Io, json: boolean): number {
  const hive = error instanceof HiveError ? error : new HiveError('internal', undefined, { cause: error });
  if (json) io.stderr.write(`${toJson(hive.toBody())}\n`);
  else {
    const terminal = createTerminal(io, false);
    if (hive.code === 'interrupted') terminal.note(`\n${hive.message}`);
    else terminal.note(`${terminal.style('red', 'error:')} ${cleanText(sayError(hive))}`);
    // A bug: the stack is more helpful than the table's sentence.
    if (hive.code === 'internal' && hive.cause instanceof Error) terminal.note(hive.cause.stack ?? hive.cause.message);
  }
  return hive.exitCode;
}
