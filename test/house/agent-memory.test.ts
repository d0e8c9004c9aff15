import { expect, test } from 'vitest';
import { readSources } from './sources.ts';

/**
 * hived's memory about agents comes from `AgentMemory.keep`, which deletes the entries of an agent that is gone. Every
 * other map or set that lives longer than a statement is listed here, with the reason why no agent has to be removed
 * from it.
 */
const OTHERS: Readonly<Record<string, string>> = {
  'core/event-log.ts: listeners': 'of the whole log, by listener',
  'core/event-log.ts: during': 'by kind of event',
  'core/known-secrets.ts: sources': 'by source of secrets',
  'core/writer.ts: last': 'of one commit',
  'modules/agents/claims.ts: claimed': 'a claim outlives its agent, and whoever claims releases it',
  'modules/agents/store/parse-spec.ts: known': 'by the text of a spec, bounded',
  'modules/checks/run-checks.ts: running': 'by run of a check, until it has ended',
  'modules/mail/given-up.ts: bySender': 'of one call',
  'modules/mail/given-up.ts: byMessage': 'of one call',
  'modules/mail/policy/route.ts: above': 'of one call',
  'modules/mail/policy/route.ts: seen': 'of one call',
  'modules/mail/send-view.ts: known': 'of one send',
  'config/model-map.ts: map': 'of one call',
  'core/gateway-instances.ts: ended': 'by run of the gateway',
  'modules/terminals/terminals.ts: opening': 'of one call',
  'modules/terminals/terminals.ts: ending': 'of one call',
  'modules/terminals/terminals.ts: owed': 'the end of the agent removes it (forgetAgent)',
  'modules/terminals/terminals.ts: entries': 'by terminal; the end of its agent closes it (forgetAgent)',
  'modules/providers/gateway-answers.ts: open': 'by question to the gateway, with a deadline',
  'modules/providers/provider-state.ts: known': 'by provider',
  'modules/providers/provider-state.ts: found': 'of one call',
  'modules/money/bill-requests.ts: open': 'by question to a provider',
  'modules/providers/account-limits.ts: keyLimits': 'by key of a provider',
  'modules/providers/account-limits.ts: limitedUntil': 'by provider and class of models',
  'modules/providers/provider-tests.ts: open': 'by provider',
  'modules/providers/store/model-calls.ts: sums': 'of one call',
  'modules/money/present-windows.ts: byPeriod': 'by period',
  'modules/money/count-spending.ts: sums': 'of one report',
  'modules/money/policy/daily.ts: byKey': 'of one call',
  'modules/money/policy/sums.ts: days': 'of one call',
  'modules/secrets/decide-files.ts: files': 'of one call',
  'modules/secrets/recent-tokens.ts: tokens': 'by token, bounded',
  'modules/turns/spool.ts: found': 'of one batch',
  'modules/secrets/secret-values.ts: values': 'by secret, as many as the operator keeps',
  'modules/disk/measure-hive.ts: shared': 'of one measurement',
  'modules/disk/measure-tree.ts: byUid': 'of one measurement',
  'modules/boxes/box-survey.ts: byAgent': 'of one query of the engine',
  'node/docs-skills.ts: dirs': 'of one call',
  'node/toolchain-version.ts: known': 'by driver',
  'runtime/docker/check-mounts.ts: targets': 'of one call',
  'runtime/docker/list-boxes.ts: exited': 'by box, as far as the engine lists it',
  'services/control-lines.ts: last': 'by kind of line',
  'surfaces/listen.ts: failed': 'of one call',
};

const HERE = 'host/daemon/';
/** An empty map or set with a name; one made from data, or with fixed contents, is not memory. */
const EMPTY =
  /(?:const|let|private|readonly|#)\s*(\w+)[^=;\n]*=\s*new (?:Map|Set)(?:<(?:(?!\bnew\b)[\s\S]){0,300}?>)?\(\)/g;

const found = readSources()
  .filter(({ path, isTest }) => path.startsWith(HERE) && !isTest && !path.startsWith(`${HERE}testing/`))
  .filter(({ path }) => path !== `${HERE}core/agent-memory.ts`)
  .flatMap(({ path, text }) => [...text.matchAll(EMPTY)].map(([, name]) => `${path.slice(HERE.length)}: ${name}`));

test('memory about agents is kept where the end of the agent deletes it', () => {
  expect(found.filter((one) => OTHERS[one] === undefined)).toEqual([]);
});

test('every map in the list of others exists', () => {
  expect(Object.keys(OTHERS).filter((one) => !found.includes(one))).toEqual([]);
});
