/**
 * Runs a job one at a time. Calls that come while it runs share one further run, which begins after them all;
 * each call is answered by a run that began after the call.
 */
export function coalesce<T>(job: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let queued: Promise<T> | null = null;
  return () => {
    if (queued !== null) return queued;
    const run = last.then(() => {
      queued = null;
      return job();
    });
    queued = run;
    last = run.catch(() => undefined);
    return run;
  };
}
