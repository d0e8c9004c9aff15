import { afterEach, describe, expect, test } from 'vitest';
import { HiveError } from '../../../protocol/errors.ts';
import type { AgentName } from '../../../protocol/names.ts';
import { runHivectl } from '../testing/run-hivectl.ts';
import { agentView, openStandInHive, type StandInHive, STATUS } from '../testing/stand-in-hive.ts';

let hive: StandInHive | null = null;
afterEach(async () => {
  await hive?.close();
  hive = null;
});

describe('many agents at once', () => {
  const agents = [
    agentView('manager', {}),
    agentView('scout-1', { state: 'working', turn: 4 }),
    agentView('scout-2', { state: 'stopped', desired: 'stopped' }),
    agentView('coder', {}),
  ];
  const openFleet = async (more: Parameters<typeof openStandInHive>[0]) => {
    const stand = await openStandInHive({ status: () => STATUS, listAgents: () => ({ agents, lastSeq: 1 }), ...more });
    hive = stand;
    return stand.socket;
  };
  test('a pattern acts on all agents that it matches and skips those that do not allow the action', async () => {
    const stopped: string[] = [];
    const socket = await openFleet({
      stopAgent: ({ name }) => {
        stopped.push(name);
        return { agent: agentView(name, { state: 'stopped', desired: 'stopped' }) };
      },
    });
    const ran = await runHivectl(socket, ['stop', 'scout-*']);
    expect(stopped).toEqual(['scout-1']);
    expect(ran).toMatchObject({ code: 0, err: 'scout-2: passed by. Cannot stop: it is stopped.\n' });
    await runHivectl(socket, ['stop', '--all', '--state', 'idle']);
    expect(stopped).toEqual(['scout-1', 'manager', 'coder']);
  });
  test('one failure does not keep the action from the others; the exit code is that of the failure', async () => {
    const asked: string[] = [];
    const socket = await openFleet({
      restartAgent: ({ name }) => {
        asked.push(name);
        if (name === 'manager')
          throw new HiveError('image_missing', 'No such image.', { details: { command: 'hivectl setup' } });
        return { agent: agentView(name, {}) };
      },
    });
    const ran = await runHivectl(socket, ['restart', '*']);
    expect(asked).toEqual(['manager', 'scout-1', 'coder']);
    expect(ran.code).toBe(69);
    // With the command that helps, as for a single agent.
    expect(ran.err).toContain('manager: No such image: hivectl setup');
  });
  test('rebuild: matched agents are queued and no stopped one is started; named ones are rebuilt at once', async () => {
    const asked: unknown[] = [];
    const socket = await openFleet({
      rebuildAll: (input) => {
        asked.push(input);
        return { agents: input.agents ?? [], withoutCli: [] };
      },
      getAgent: ({ name }) => ({ agent: agentView(name, { desired: 'stopped' }) }),
      rebuildAgent: (input) => {
        asked.push(input);
        return { agent: agentView(input.name, {}) };
      },
    });
    const ran = await runHivectl(socket, ['rebuild', 'scout-*', '--reason', 'new tools']);
    expect(ran).toMatchObject({ code: 0, err: 'scout-2: passed by. It is stopped.\n' });
    await runHivectl(socket, ['rebuild', '--state', 'idle', '--now']);
    await runHivectl(socket, ['rebuild', '@coder']);
    await runHivectl(socket, ['rebuild', '--all']);
    const none = await runHivectl(socket, ['rebuild', '--all', '--state', 'stopped']);
    expect(none).toMatchObject({ code: 0, out: expect.stringContaining('none is rebuilt') });
    const named = await runHivectl(socket, ['rebuild', 'scout-2', 'coder']);
    expect(named.err).toContain('scout-2 was stopped; it is started');
    expect(asked).toEqual([
      { reason: 'new tools', now: false, agents: ['scout-1'] },
      { now: true, agents: ['manager', 'coder'] },
      { now: false, agents: ['coder'] },
      { now: false },
      { name: 'scout-2' },
      { name: 'coder' },
    ]);
  });
  test('rebuild of all names the agents whose CLI is missing, with the command that helps; the others are rebuilt', async () => {
    const withoutCli = [
      { name: 'scout-1' as AgentName, cli: 'gemini' },
      { name: 'coder' as AgentName, cli: 'codex' },
      { name: 'judge' as AgentName, cli: 'gemini' },
    ];
    const rebuilt = ['manager' as AgentName];
    const socket = await openFleet({ rebuildAll: () => ({ agents: rebuilt, withoutCli }) });
    const ran = await runHivectl(socket, ['rebuild', '--all']);
    expect(ran.code).toBe(69);
    expect(ran.out).toContain('Rebuilding in this order: manager\n');
    expect(ran.err).toBe(
      "Not rebuilt: scout-1, judge. The CLI gemini is not in the hive's toolchain. Add it: hivectl toolchain add gemini\n" +
        "Not rebuilt: coder. The CLI codex is not in the hive's toolchain. Add it: hivectl toolchain add codex\n",
    );
    rebuilt.pop();
    const none = await runHivectl(socket, ['rebuild', '--all']);
    expect(none).toMatchObject({ code: 69, out: '' });
    const json = await runHivectl(socket, ['rebuild', '--all', '--json']);
    expect(JSON.parse(json.out)).toEqual({ agents: [], withoutCli });
  });
  test('interrupt skips agents without a turn', async () => {
    const asked: unknown[] = [];
    const socket = await openFleet({
      interruptAgent: (input) => {
        asked.push(input);
        return { agent: agentView(input.name, {}) };
      },
    });
    await runHivectl(socket, ['interrupt', '--all']);
    expect(asked).toEqual([{ name: 'scout-1' }]);
    await runHivectl(socket, ['interrupt', 'scout-1', '--drop']);
    expect(asked[1]).toEqual({ name: 'scout-1', drop: true });
  });
  test('ps lists the agents in a state, in the requested order', async () => {
    const socket = await openFleet({});
    const ran = await runHivectl(socket, ['ps', '--state', 'idle,working', '--sort', 'state', '--json']);
    const shown = (JSON.parse(ran.out) as { agents: { name: string }[] }).agents.map(({ name }) => name);
    expect(shown).toEqual(['scout-1', 'manager', 'coder']);
    const nobody = await runHivectl(socket, ['ps', '--state', 'failed']);
    expect(nobody).toMatchObject({ code: 0, out: expect.stringContaining('No agent is failed.') });
  });
});
