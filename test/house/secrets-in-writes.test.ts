import { describe, expect, test } from 'vitest';
import type { Op } from '../../protocol/op.ts';
import { adminSurface } from '../../protocol/operations/admin.ts';
import { agentSurface } from '../../protocol/operations/agent.ts';
import { gatewayReportSurface } from '../../protocol/operations/services.ts';
import { readSources } from './sources.ts';

/**
 * Text of a box must be redacted before hived stores it (docs/decisions/0024). It comes in as the input of an operation,
 * as a forge's fact, as an event's data, and as output of boxes and services; it is stored in the database and in the files
 * below.
 */
const daemon = readSources().filter(({ path, isTest }) => path.startsWith('host/daemon/') && !isTest);
const filesWith = (pattern: RegExp) => daemon.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

describe('the input of every operation is redacted', () => {
  test('each surface of hived is given the redactor', () => {
    const served = daemon.filter(({ text }) => /\b(?:serveSurface|bindSurface)\(/.test(text));
    expect(served.map(({ path }) => path).toSorted()).toEqual([
      'host/daemon/surfaces/listen.ts',
      'host/daemon/surfaces/open-surfaces.ts',
    ]);
    for (const { path, text } of served)
      for (const [call] of text.matchAll(/\b(?:serveSurface|bindSurface)\((?:[^()]|\([^()]*\))*\)/g))
        expect([path, /\bhooks\b/.test(call)]).toEqual([path, true]);
    expect(filesWith(/\bcleanInput\(/).toSorted()).toEqual(['host/daemon/agent-doors.ts', 'host/daemon/hived.ts']);
  });

  test('an operation that takes a secret is none of agents; that of the gateway stores the tokens of logins', () => {
    const taking = (surface: object) =>
      Object.values(surface).flatMap((one: Op) => (one.takesSecret === true ? [one.name] : []));
    expect(taking(agentSurface)).toEqual([]);
    expect(taking(gatewayReportSurface)).toEqual(['reportLogin']);
    expect(taking(adminSurface).toSorted()).toEqual([
      'addProvider',
      'reconcileCosts',
      'setProvider',
      'setSecret',
      'typeInTerminal',
    ]);
  });
});

test('events and the facts of the forge are redacted where they are stored', () => {
  expect(filesWith(/INSERT INTO events\b/)).toHaveLength(1);
  expect(filesWith(/\binsertEvents\(/).filter((path) => !path.includes('/store/'))).toEqual([
    'host/daemon/core/event-log.ts',
  ]);
  expect(filesWith(/\bstoreFacts\(tx/)).toContain('host/daemon/modules/forge-facts/forge-facts.ts');
  const calls = daemon.flatMap(({ text }) => [...text.matchAll(/\bstoreFacts\(tx, [^\n]*/g)].map(([call]) => call));
  for (const call of calls) expect(call).toContain('deps.redact(');
});

test('hived writes no other file with text of a box', () => {
  const writers = filesWith(/\b(?:writeFile|appendFile|createWriteStream|writePrivate|copyFile|writeFileSync)\(/);
  expect(Object.fromEntries(writers.map((path) => [path, WRITERS[path]]))).toEqual(WRITERS);
});

/** Who writes files, and what is in them. */
const WRITERS: Readonly<Record<string, string>> = {
  'host/daemon/modules/agents/archives.ts': 'a destroyed agent: its row of the database',
  'host/daemon/modules/files/blob-store.ts': 'files in messages: refused with a secret in them (carriesFile)',
  'host/daemon/modules/providers/provider-keys.ts': 'keys of providers',
  'host/daemon/modules/secrets/secret-values.ts': 'values of secrets',
  'host/daemon/node/account-files.ts': 'names of users and groups',
  'host/daemon/node/pack-files.ts': "an agent's own files, packed as they are",
  'host/daemon/node/secret-files.ts': 'values of secrets for boxes',
  'host/daemon/services/bounded-log.ts': 'logs of services, each line redacted by supervise-service.ts',
};
