import { useCallback, useLayoutEffect, useRef, useState } from 'react';

/** Nearer to the end than this counts as being there, in pixels. */
const NEAR = 48;

/**
 * Keeps a scrolled element at its end while new things arrive, unless the reader has gone up.
 * `size` grows with what is shown.
 */
export function useStickToEnd(size: number) {
  const ref = useRef<HTMLElement>(null);
  const sticking = useRef(true);
  const [atEnd, setAtEnd] = useState(true);

  useLayoutEffect(() => {
    const element = ref.current;
    if (element !== null && size > 0 && sticking.current) element.scrollTop = element.scrollHeight;
  }, [size]);

  const onScroll = useCallback(() => {
    const element = ref.current;
    if (element === null) return;
    sticking.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
    setAtEnd(sticking.current);
  }, []);

  const goToEnd = useCallback(() => {
    const element = ref.current;
    sticking.current = true;
    element?.scrollTo({ top: element.scrollHeight });
    element?.focus({ preventScroll: true });
  }, []);

  /** Runs something that adds above, and leaves what is being read where it is. */
  const keepPlace = useCallback(async (add: () => Promise<unknown>) => {
    const element = ref.current;
    if (element === null) return;
    sticking.current = false;
    const fromEnd = element.scrollHeight - element.scrollTop;
    await add();
    requestAnimationFrame(() => {
      element.scrollTop = element.scrollHeight - fromEnd;
    });
  }, []);

  return { ref, atEnd, onScroll, goToEnd, keepPlace };
}
