import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';

/**
 * Calls `onLine` with each line of a program's output, without its end. A line longer than
 * `maxChars` is handed on in pieces, so that output without line ends costs no memory.
 */
export function readLines(stream: Readable, maxChars: number, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const flush = () => {
    rest += decoder.end();
    if (rest !== '') onLine(rest);
    rest = '';
  };
  stream.on('data', (chunk: Buffer) => {
    rest += decoder.write(chunk);
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) for (const piece of cut(line, maxChars)) onLine(piece);
    while (rest.length > maxChars) {
      onLine(rest.slice(0, maxChars));
      rest = rest.slice(maxChars);
    }
  });
  stream.once('end', flush);
  stream.on('error', flush);
}

function cut(line: string, maxChars: number): string[] {
  if (line.length <= maxChars) return [line];
  const pieces = [];
  for (let at = 0; at < line.length; at += maxChars) pieces.push(line.slice(at, at + maxChars));
  return pieces;
}
