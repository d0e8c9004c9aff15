import type { Migration } from '../../../../store/open-store.ts';
import init from './migrations/0001_init.sql?raw';
import mail from './migrations/0002_mail.sql?raw';
import spool from './migrations/0003_spool.sql?raw';
import turnOutcomes from './migrations/0004_turn_outcomes.sql?raw';
import chains from './migrations/0005_chains.sql?raw';
import disk from './migrations/0006_disk.sql?raw';
import timerKeys from './migrations/0007_timer_keys.sql?raw';
import scheduleFolding from './migrations/0008_schedule_folding.sql?raw';
import calls from './migrations/0009_calls.sql?raw';
import specUntold from './migrations/0010_spec_untold.sql?raw';
import eachProvider from './migrations/0011_each_provider.sql?raw';
import agentNote from './migrations/0012_agent_note.sql?raw';
import egress from './migrations/0013_egress.sql?raw';
import money from './migrations/0014_money.sql?raw';
import approvals from './migrations/0015_approvals.sql?raw';
import providers from './migrations/0016_providers.sql?raw';
import toldModel from './migrations/0017_told_model.sql?raw';
import secretGrants from './migrations/0018_secret_grants.sql?raw';
import traffic from './migrations/0019_traffic.sql?raw';
import egressInjections from './migrations/0020_egress_injections.sql?raw';
import estimatedCalls from './migrations/0021_estimated_calls.sql?raw';
import agentHolds from './migrations/0022_agent_holds.sql?raw';
import openConnections from './migrations/0023_open_connections.sql?raw';
import turnStats from './migrations/0024_turn_stats.sql?raw';
import egressRuleKind from './migrations/0025_egress_rule_kind.sql?raw';
import turnWarnings from './migrations/0026_turn_warnings.sql?raw';
import agentSessions from './migrations/0027_agent_sessions.sql?raw';
import workEvents from './migrations/0028_work_events.sql?raw';
import ridingNotices from './migrations/0029_riding_notices.sql?raw';
import projects from './migrations/0030_projects.sql?raw';

/** hive.db's schema, step by step. A landed step is never edited. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: 'init', sql: init },
  { version: 2, name: 'mail', sql: mail },
  { version: 3, name: 'spool', sql: spool },
  { version: 4, name: 'turn_outcomes', sql: turnOutcomes },
  { version: 5, name: 'chains', sql: chains },
  { version: 6, name: 'disk', sql: disk },
  { version: 7, name: 'timer_keys', sql: timerKeys },
  { version: 8, name: 'schedule_folding', sql: scheduleFolding },
  { version: 9, name: 'calls', sql: calls },
  { version: 10, name: 'spec_untold', sql: specUntold },
  { version: 11, name: 'each_provider', sql: eachProvider },
  { version: 12, name: 'agent_note', sql: agentNote },
  { version: 13, name: 'egress', sql: egress },
  { version: 14, name: 'money', sql: money },
  { version: 15, name: 'approvals', sql: approvals },
  { version: 16, name: 'providers', sql: providers },
  { version: 17, name: 'told_model', sql: toldModel },
  { version: 18, name: 'secret_grants', sql: secretGrants },
  { version: 19, name: 'traffic', sql: traffic },
  { version: 20, name: 'egress_injections', sql: egressInjections },
  { version: 21, name: 'estimated_calls', sql: estimatedCalls },
  { version: 22, name: 'agent_holds', sql: agentHolds },
  { version: 23, name: 'open_connections', sql: openConnections },
  { version: 24, name: 'turn_stats', sql: turnStats },
  { version: 25, name: 'egress_rule_kind', sql: egressRuleKind },
  { version: 26, name: 'turn_warnings', sql: turnWarnings },
  { version: 27, name: 'agent_sessions', sql: agentSessions },
  { version: 28, name: 'work_events', sql: workEvents },
  { version: 29, name: 'riding_notices', sql: ridingNotices },
  { version: 30, name: 'projects', sql: projects },
];
