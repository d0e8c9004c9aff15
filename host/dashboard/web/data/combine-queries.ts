interface Part<T> {
  readonly data: T | undefined;
  readonly error: Error | null;
  readonly refetch: () => Promise<unknown>;
}

/** Combines two queries whose results are shown together: loaded when both are loaded, failed when either failed. */
export function combineQueries<A, B>(a: Part<A>, b: Part<B>): Part<readonly [A, B]> {
  return {
    data: a.data === undefined || b.data === undefined ? undefined : [a.data, b.data],
    error: a.error ?? b.error,
    refetch: () => Promise.all([a.refetch(), b.refetch()]),
  };
}

/** Adapts a query with a growing limit to the interface of a paged query. `isFull`: the limit was reached, so there may be more. */
export function pageByLimit<T>(
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
