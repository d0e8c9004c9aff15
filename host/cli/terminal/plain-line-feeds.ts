/**
 * Node's raw mode leaves the terminal's driver adding a carriage return to each line feed. Programs in a box mean a line
 * feed alone as "one line down in this column": it becomes IND (ESC D), which does that. Returns a function that takes the
 * output piece by piece.
 */
export function createPlainLineFeeds(): (text: string) => string {
  let last = '';
  return (text) => {
    const written = text.replaceAll(/(\r?)\n/g, (_, returned: string, at: number) =>
      returned !== '' || (at === 0 && last === '\r') ? `${returned}\n` : '\u001bD',
    );
    last = text.at(-1) ?? last;
    return written;
  };
}
