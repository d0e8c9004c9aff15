const BLOCK = /^```suggestion[ \t]*\r?\n(?:([\s\S]*?)\r?\n)?```[ \t]*\r?$/m;

/** The lines that a comment suggests in place of the line that it is about (none: it goes); null: it suggests nothing. */
export function readSuggestion(body: string): readonly string[] | null {
  const block = BLOCK.exec(body);
  if (block === null) return null;
  return block[1] === undefined ? [] : block[1].split(/\r?\n/);
}
