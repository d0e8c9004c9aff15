import { bad, type DoctorCheck, good, warn } from '../../protocol/schemas/doctor.ts';
import type { AgentState, AgentView } from '../../protocol/schemas/agent.ts';

/** The parts of an agent that are judged. */
export type JudgedAgent = Pick<AgentView, 'name' | 'desired' | 'state' | 'reason' | 'until' | 'dead'>;

/** States in which an agent does not work though it should, with advice for the operator. */
const TROUBLE: Partial<Record<AgentState, { level: 'warn' | 'fail'; advice: (name: string) => string }>> = {
  failed: { level: 'fail', advice: (name) => `See why: hivectl logs ${name}, hivectl events --agent ${name}` },
  unreachable: { level: 'fail', advice: (name) => `Its box is restarted by itself; at once: hivectl restart ${name}` },
  needs_login: {
    level: 'fail',
    advice: () =>
      'Give a key that its provider takes: hivectl provider set PROVIDER (hivectl provider ls shows who has one)',
  },
  stuck: {
    level: 'fail',
    advice: (name) => `See what it did: hivectl events --agent ${name}. Let it go on: hivectl resume ${name}`,
  },
  backing_off: {
    level: 'warn',
    advice: (name) => `It tries again by itself. What happened: hivectl events --agent ${name}`,
  },
  rate_limited: { level: 'warn', advice: (name) => `It goes on by itself; sooner: hivectl restart ${name}` },
};

/** One check for each agent in trouble, at most twenty; and one for all others. Dead mail is trouble too. */
export function judgeAgents(agents: readonly JudgedAgent[], now: number): DoctorCheck[] {
  const checks = agents.flatMap((agent) => [...judgeState(agent, now), ...judgeDead(agent)]);
  const shown = checks.slice(0, 20);
  if (checks.length > shown.length)
    shown.push(
      warn('agents', `${checks.length - shown.length} more with trouble`, 'All of them: hivectl ps --sort state'),
    );
  if (checks.length > 0) return shown;
  const running = agents.filter(({ desired }) => desired === 'running').length;
  return [good('agents', `${running} of ${agents.length} running, none in trouble`)];
}

function judgeState(agent: JudgedAgent, now: number): DoctorCheck[] {
  const trouble = TROUBLE[agent.state];
  if (trouble === undefined) return [];
  const until = agent.until === null || agent.until <= now ? '' : `; again at ${new Date(agent.until).toISOString()}`;
  const found = `${agent.state.replaceAll('_', ' ')}${agent.reason === null ? '' : `: ${agent.reason}`}${until}`;
  const check = trouble.level === 'fail' ? bad : warn;
  return [check(`agent ${agent.name}`, found, trouble.advice(agent.name))];
}

function judgeDead(agent: JudgedAgent): DoctorCheck[] {
  if (agent.dead === 0) return [];
  const found = `${agent.dead} of its messages were given up`;
  return [warn(`mail of ${agent.name}`, found, `Why: hivectl dead ${agent.name}`)];
}

/** Checks whether the clock was set back: earlier rows are then dated in the future, and times of reminders are off. */
export function judgeClock(facts: { now: number; newestAt: number | null }): DoctorCheck {
  const aheadMs = facts.newestAt === null ? 0 : facts.newestAt - facts.now;
  const found = new Date(facts.now).toISOString();
  if (aheadMs <= CLOCK_SLACK_MS) return good('clock', found);
  return warn(
    'clock',
    `${found}, ${Math.round(aheadMs / 1_000)} s behind the newest event`,
    'The clock was set back. If it is wrong now, set it right (timedatectl); reminders and limits go by it.',
  );
}

const CLOCK_SLACK_MS = 60_000;
