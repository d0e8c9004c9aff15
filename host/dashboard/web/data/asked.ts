interface Part<T> {
  readonly data: T | undefined;
  readonly error: Error | null;
  readonly refetch: () => Promise<unknown>;
}

/** Two queries whose answers are shown together: loaded when both are, failed when one is. */
export function askBoth<A, B>(a: Part<A>, b: Part<B>): Part<readonly [A, B]> {
  return {
    data: a.data === undefined || b.data === undefined ? undefined : [a.data, b.data],
    error: a.error ?? b.error,
    refetch: () => Promise.all([a.refetch(), b.refetch()]),
  };
}

/** A query whose limit grows when more is wanted, as one that comes page by page. `isFull`: there may be more. */
export function askGrowing<T>(
  query: Part<T> & { readonly isPlaceholderData: boolean },
  more: { isFull: (data: T) => boolean; grow: () => void },
) {
  return {
    data: query.data,
    error: query.error,
    refetch: query.refetch,
    hasNextPage: query.data !== undefined && more.isFull(query.data),
    isFetchingNextPage: query.isPlaceholderData,
    fetchNextPage: () => Promise.resolve(more.grow()),
  };
}
