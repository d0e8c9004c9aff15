import { cutStart } from '../../../system/text/cut-text.ts';
import type { CliExit } from './cli-process.ts';

/** Describes to people how a program ended. `isWarning`: a line of stderr that is unrelated to the end. */
export function describeExit(
  exit: CliExit,
  about: { program: string; isWarning?: (line: string) => boolean } = { program: 'The CLI' },
): string {
  if (exit.startError !== null) return `${about.program} could not be started: ${exit.startError}.`;
  const how = exit.signal === null ? `with code ${exit.code}` : `by ${exit.signal}`;
  const said = exit.stderr
    .split('\n')
    .filter((line) => about.isWarning?.(line.trim()) !== true)
    .join('\n')
    .trim();
  return `${about.program} ended ${how}.${said === '' ? '' : ` It said: ${cutStart(said, 500).text}`}`;
}
