import { useCallback, useLayoutEffect, useRef, useState } from 'react';

/** The distance (px) from the end within which the view counts as scrolled to the end. */
const NEAR_PX = 48;

/**
 * Keeps an element scrolled to its end while content is appended, unless the reader scrolled up.
 * `size` must grow when content is added.
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
    sticking.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
    setAtEnd(sticking.current);
  }, []);

  const goToEnd = useCallback(() => {
    const element = ref.current;
    sticking.current = true;
    element?.scrollTo({ top: element.scrollHeight });
    element?.focus({ preventScroll: true });
  }, []);

  /** Runs a function that prepends content, and keeps the visible content in place. */
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
