import { describe, expect, test } from 'vitest';
import { chooseAgents, listNames, readRoles, readStates, sayNobody } from './choose-agents.ts';
import { agentView } from './testing/stand-in-hive.ts';

const ALL = [
  agentView('manager', {}),
  agentView('scout-1', { state: 'working' }),
  agentView('scout-2', { state: 'stopped' }),
  agentView('coder', { state: 'stopped' }),
];
const choose = (names: string[], more: { roles?: string[]; states?: string } = {}) =>
  chooseAgents(ALL, {
    names,
    roles: more.roles ?? [],
    states: more.states === undefined ? [] : readStates(more.states),
  }).map(({ name }) => name as string);

describe('a choice of agents', () => {
  test('names, patterns, states and both together', () => {
    expect(choose(['coder'])).toEqual(['coder']);
    expect(choose(['scout-*'])).toEqual(['scout-1', 'scout-2']);
    expect(choose(['scout-[12]', 'coder'])).toEqual(['scout-1', 'scout-2', 'coder']);
    expect(choose(['*'])).toHaveLength(4);
    expect(choose([], { states: 'stopped' })).toEqual(['scout-2', 'coder']);
    expect(choose(['scout-*'], { states: 'Stopped' })).toEqual(['scout-2']);
    expect(choose([])).toHaveLength(4);
  });
  test('a choice that matches no agent is an error that lists the existing names', () => {
    expect(() => choose(['scuot'])).toThrow(expect.objectContaining({ code: 'unknown_agent' }));
    expect(() => choose(['x*'])).toThrow(/No agent fits the name "x\*"\. There are: manager, scout-1/);
    expect(() => choose(['Bad_*'])).toThrow(expect.objectContaining({ code: 'invalid_name' }));
    expect(() => readStates('sleeping')).toThrow(/States: stopped, starting/);
  });
  test('no agent in a state is an empty result, not an error', () => {
    expect(choose([], { states: 'failed' })).toEqual([]);
    expect(choose(['coder'], { states: 'failed' })).toEqual([]);
    const states = readStates('failed,rate limited');
    expect(sayNobody({ names: [], roles: [], states })).toBe('No agent is failed or rate limited.');
    expect(sayNobody({ names: ['x*'], roles: [], states })).toMatch(/^None of these agents is/);
  });
  test('a hive without agents is no error', () => {
    expect(chooseAgents([], { names: [], roles: [], states: [] })).toEqual([]);
  });
  test('roles match regardless of case; long lists of names end in a count', () => {
    expect(readRoles(' Coder, ,judge')).toEqual(['coder', 'judge']);
    expect(listNames(Array.from({ length: 31 }, (_, index) => `a${index}`))).toMatch(/a11 and 19 more$/);
  });
});
