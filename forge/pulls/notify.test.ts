import { expect, test } from 'vitest';
import { factMail, forgeFact, MAX_FACT_MAILS } from '../../protocol/schemas/forge-fact.ts';
import { notify, quote } from './notify.ts';

test('each is told once, except the one who caused it and names that are nobody', () => {
  const mail = notify(['ann', 'bob', 'ann', 'operator', 'system', 'by'], 'by', { body: ['x'] });
  expect(mail.map(({ to }) => to)).toEqual(['ann', 'bob', 'operator']);
});

/**
 * Vulnerability: a fact that hived refuses holds up all later ones. Scenario: more people than a fact may carry mail for,
 * and the longest texts. Verified: it is a fact that hived reads.
 */
test('any number of people and any length of texts make a fact that hived accepts', () => {
  const people = Array.from({ length: 3 * MAX_FACT_MAILS }, (_, at) => `agent-${at}`);
  const body = [quote('t'.repeat(200)), quote('p'.repeat(4_096)), quote('b'.repeat(20_000))];
  const mail = notify(people, 'by', { body });
  expect(mail).toHaveLength(MAX_FACT_MAILS);
  expect(factMail.safeParse(mail[0]).success).toBe(true);
  const long = notify(['ann'], 'by', {
    body: ['a'.repeat(3_000), ...Array.from({ length: 20 }, () => quote('b'.repeat(900)))],
  });
  expect(factMail.safeParse(long[0]).success).toBe(true);
  const fact = { id: 1, at: 1, kind: 'forge.pull_reviewed', by: 'by', repo: 'web/app', data: {}, mail };
  expect(forgeFact.safeParse(fact).success).toBe(true);
});
