/**
 * Advice in the words of hivectl: with the command that follows it. The dashboard shows the advice alone, and has its own
 * buttons. This file has no schemas, so that the page can import it.
 */
export function sayAdvice(advice: string, command?: string): string {
  return command === undefined ? advice : `${advice.replace(/\.$/, '')}: ${command}`;
}
