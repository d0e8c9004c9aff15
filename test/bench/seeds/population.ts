/** How many agents the messages and reminders of a seeded hive are spread over. */
export const POPULATION = 20;

/** The n-th of them, counting round. */
export function inhabitant(n: number): string {
  return `agent-${n % POPULATION}`;
}

export const INHABITANTS: readonly string[] = Array.from({ length: POPULATION }, (_, n) => inhabitant(n));
