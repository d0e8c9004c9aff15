/**
 * Puts a value into a map whose keys others choose, as its newest entry. Beyond `most` entries the oldest is dropped, so
 * that nobody can fill the memory with keys.
 */
export function putBounded<K, V>(map: Map<K, V>, [key, value]: readonly [K, V], most: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > most && oldest !== undefined) map.delete(oldest);
}
