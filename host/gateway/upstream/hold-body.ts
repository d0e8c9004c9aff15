/**
 * A request's body of which only the first byte is given before `released` is fulfilled: whoever has that, and the headers
 * with the body's length, can neither read the request nor answer it, in any protocol and whatever reads its JSON. To hold
 * back the last byte would not do: many readers take the first JSON value that is complete, and a box may write something
 * behind it. Breaks off with the error of `released`.
 */
export async function* holdBody(body: Buffer, released: Promise<unknown>): AsyncGenerator<Buffer> {
  const first = body.length > 1 ? 1 : 0;
  if (first > 0) yield body.subarray(0, first);
  await released;
  yield body.subarray(first);
}
