/** What became of one branch or tag, by `git push --porcelain`. */
export interface PushedRef {
  readonly ref: string;
  /** Null: it is outside as it is here. */
  readonly error: string | null;
  /** Whether the server has commits there that would be lost. */
  readonly isDiverged: boolean;
}

const LINE = /^([ +\-*=!])\t[^:\t]*:(refs\/[^\t]+)\t(.*)$/;

/** Reads the report of a push. Texts of the server are in one line, and bounded by the caller. */
export function readReport(text: string): PushedRef[] {
  return text.split('\n').flatMap((line): PushedRef[] => {
    const [, flag, ref = '', summary = ''] = LINE.exec(line) ?? [];
    if (flag === undefined) return [];
    if (flag !== '!') return [{ ref, error: null, isDiverged: false }];
    const isDiverged = /fetch first|non-fast-forward|already exists|needs force|stale info/.test(summary);
    return [{ ref, error: summary, isDiverged }];
  });
}
