/** The number of agents that a seeded hive's messages and reminders are spread over. */
const POPULATION = 20;
/** Messages of one thread. */
export const PER_THREAD = 10;

/** The n-th of them, modulo their number. */
export function inhabitant(n: number): string {
  return `agent-${n % POPULATION}`;
}

export const INHABITANTS: readonly string[] = Array.from({ length: POPULATION }, (_, n) => inhabitant(n));

/** The sender of the message with this id: each thread is between two agents that alternate; all pairs occur. */
export function senderOf(id: number): string {
  return id % 2 === 0 ? oneOf(id) : otherOf(id);
}

export function recipientOf(id: number): string {
  return id % 2 === 0 ? otherOf(id) : oneOf(id);
}

const threadOf = (id: number): number => Math.floor((id - 1) / PER_THREAD);
const oneOf = (id: number): string => inhabitant(threadOf(id));
const otherOf = (id: number): string =>
  inhabitant(threadOf(id) + 1 + (Math.floor(threadOf(id) / POPULATION) % (POPULATION - 1)));
