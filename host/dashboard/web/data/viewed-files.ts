import { useLocalStorage } from '@mantine/hooks';
import { useCallback, useMemo } from 'react';
import type { PatchFile } from './read-patch.ts';

/** The newest marks that a browser keeps. */
const MOST_KEPT = 1_000;

/**
 * Which files of a pull request somebody marked as viewed in this browser. A mark is for what the file had and has: it
 * is gone when either is another one.
 */
export function useViewedFiles(pull: string): {
  isViewed: (file: PatchFile) => boolean;
  setViewed: (file: PatchFile, viewed: boolean) => void;
} {
  const [marks, setMarks] = useLocalStorage<readonly string[]>({ key: 'viewed-files', defaultValue: [] });
  const known = useMemo(() => new Set(marks), [marks]);
  const isViewed = useCallback((file: PatchFile) => known.has(markOf(pull, file)), [known, pull]);
  const setViewed = useCallback(
    (file: PatchFile, viewed: boolean) => setMarks((before) => changeMark(before, markOf(pull, file), viewed)),
    [pull, setMarks],
  );
  return { isViewed, setViewed };
}

export function markOf(pull: string, { name, movedFrom, version }: PatchFile): string {
  return JSON.stringify([pull, name, movedFrom, version]);
}

export function changeMark(marks: readonly string[], mark: string, viewed: boolean): string[] {
  const others = marks.filter((one) => one !== mark);
  return viewed ? [...others, mark].slice(-MOST_KEPT) : others;
}
