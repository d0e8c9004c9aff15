import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { HiveError } from '../../protocol/errors.ts';
import { adminSurface } from '../../protocol/operations/admin.ts';
import type { HiveEvent } from '../../protocol/schemas/event.ts';
import type { ProviderTest } from '../../protocol/schemas/service.ts';
import { VERSION } from '../../protocol/version.ts';
import { interruptedBy } from './ended-by.ts';
import { runHivectl } from './testing/run-hivectl.ts';
import { agentView, openStandInHive, type StandInHive } from './testing/stand-in-hive.ts';

let hive: StandInHive | null = null;
afterEach(async () => {
  await hive?.close();
  hive = null;
});
const fleet = () => ({
  agents: [
    agentView('manager', { turns: 3, queued: 2 }),
    agentView('scout', { state: 'rate_limited', reason: 'too many requests', until: 90_000 }),
  ],
  lastSeq: 7,
});

describe('without a hive', () => {
  test('a command ends with 69 and says what to type', async () => {
    const ran = await runHivectl('/nonexistent/admin.sock', ['ps']);
    expect(ran).toEqual({ code: 69, out: '', err: 'error: No hive answers here. Start it with "npm start".\n' });
  });
  test('with --json the error is a body on stderr', async () => {
    const ran = await runHivectl('/nonexistent/admin.sock', ['ps', '--json']);
    expect(ran.code).toBe(69);
    expect(JSON.parse(ran.err)).toMatchObject({ error: { code: 'hive_unreachable' } });
  });
  test('bad input is told first, and never as a missing hive', async () => {
    const cases: [argv: string[], code: number, words: RegExp][] = [
      [['pss'], 64, /Unknown command 'pss' \(Did you mean ps\?\)/],
      [['ps', '--wat'], 64, /Unknown option '--wat'/],
      [['provider'], 64, /Say what: "hivectl provider --help"/],
      [['stop', 'Bad_Name'], 64, /"Bad_Name" cannot be an agent's name: a name has 1 to 32/],
      [['send', 'manager', ''], 64, /^error: The message is empty\.$/m],
      [['send', 'manager', 'x'.repeat(65_537)], 64, /over 64 KiB/],
      [['send', 'no body', 'hi'], 64, /cannot be a recipient. One is .*"#topic"/],
      [['send', 'manager', 'hi', '--reply-to', '0'], 64, /--reply-to is a whole number above 0, not "0"/],
      [['send'], 64, /Missing required argument 'TO'.*quotes/],
      [['send', 'manager', 'hi', '--ttl', '10'], 64, /--ttl is a duration with its unit, e\.g\. 90s/],
      [['send', 'manager', 'hi', '--ttl', '5s'], 64, /--ttl is from 10s to 30d, not "5s"/],
      [['send', 'manager', 'hi', '--kind', 'poem'], 64, /Allowed choices are note, question/],
      [['send', 'manager', 'hi', '--choice', 'a', '--choice', 'b'], 64, /--choice goes with kind "question" only/],
      [['send', 'manager', 'hi', '--kind', 'question', '--choice', 'a'], 64, /--choice is given 2 to 10 times/],
      [['send', 'manager', 'hi', '--kind', 'question', '--default', 'a'], 64, /--default needs --deadline/],
      [['send', 'manager', 'hi', '--kind', 'answer'], 64, /must say what it replies to: add --reply-to ID/],
      [['send', 'manager', 'hi', '--severity', 'info'], 64, /--severity goes with kind "escalation" only/],
      [
        ['send', 'manager', 'hi', '--attach', '/nonexistent/a'],
        66,
        /--attach "\/nonexistent\/a": there is no such file/,
      ],
      [['send', 'manager', 'hi', '--attach', '/'], 64, /--attach "\/"/],
      [['inbox', 'read'], 64, /either the numbers of messages or --all/],
      [['inbox', 'read', 'x'], 64, /A message's number is a whole number above 0, not "x"/],
      [['thread', '--before', '5'], 64, /--before goes with the ID/],
      [['thread', 'close'], 64, /Missing required argument 'ID'/],
      [['receipts', 'abc'], 64, /A message's number is a whole number/],
      [['requeue'], 64, /either numbers of deliveries.*or --agent NAME, or --all/],
      [['requeue', '1', '--all'], 64, /either numbers of deliveries/],
      [['requeue', '1', '2', '--body', 'x'], 64, /one delivery only/],
      [['requeue', '1', '--edit'], 64, /An editor needs a terminal; use the options/],
      [['drop', '--all'], 64, /without a terminal say --yes/],
      [['topics', 'open', 'No Topic'], 64, /cannot be a topic: a topic is "#" and 1 to 32/],
      [['answer', 'x', 'y'], 64, /A question's number is a whole number/],
      [['answer', '4', ''], 64, /The message is empty/],
      [['remind', 'scout', 'x'], 64, /Say when: either --in 10m or --at/],
      [['remind', 'scout', 'x', '--in', '1m', '--at', '2027-01-31T09:00'], 64, /either --in or --at/],
      [['remind', 'scout', 'x', '--at', 'tomorrow'], 64, /--at is a time, e\.g\. 2027-01-31T09:00/],
      [['remind', 'change', '3'], 64, /Say what to change/],
      [['remind', 'list', '--state', 'gone'], 64, /--state is standing, fired, cancelled/],
      [['schedule', 'scout', 'x'], 64, /Say when: --cron/],
      [['schedule', 'change', '3'], 64, /Say what to change/],
      [['schedule', 'scout', 'x', '--cron', '* * * * *', '--misfire', 'no'], 64, /Allowed choices are skip, once, all/],
      [['schedule', 'scout', 'x', '--cron', '* * * * *', '--jitter', '2h'], 64, /--jitter is from 0(ms|s) to 1h/],
      [['search', ' '], 64, /Say what to look for/],
      [['note', 'Scout!'], 64, /cannot be an agent's name/],
      [['quiet', 'scout', 'later'], 64, /A quiet time \(or "off"\) is a duration/],
      [['tail', '--of', 'No'], 64, /cannot be an agent's name/],
      [['create', 'a', '--memory', 'lots'], 64, /--memory is a whole number/],
      [['create', 'a', '--cpus', '-1'], 64, /--cpus/],
      [['create', 'a', '--memory', '1'], 64, /--memory is from 256 to 1048576, not "1"/],
      [['events', '--kinds', 'turn.*,foo'], 64, /No event is of the kind "foo"/],
      [['start'], 64, /Say which agents/],
      [['stop', '--all', 'scout'], 64, /either agents' names or --all/],
      [['stop', '--state', 'asleep'], 64, /No agent is ever "asleep"/],
      [['ps', '--sort', 'mood'], 64, /Allowed choices are name, state, tokens, cost, mail/],
      [['create', 'a', '--prompt-file', '/nonexistent/p'], 64, /prompt's file could not be read/],
      [['create', 'a', '--prompt', 'x', '--prompt-file', 'y'], 64, /either --prompt or --prompt-file/],
      [['create', 'a', '--prompt', 'x'.repeat(20_001)], 64, /20001 characters; 20000 are the most/],
      [['rebuild', 'scout', '--wait'], 64, /--wait goes with --all/],
      [['rebuild'], 64, /Say which agents/],
      [['rebuild', 'scout', '--all'], 64, /either agents' names or --all/],
      [['rebuild', 'scout', '--now'], 64, /agents that you name are rebuilt at once/],
      [['rebuild', '--role', 'coder', '--now', '--when-idle'], 64, /either --now or --when-idle/],
      [['destroy', 'scout', '--purge', 'manager'], 64, /type its name once more/],
      [['destroy', 'scout'], 64, /without a terminal say --yes/],
      [['provider', 'set', 'nobody'], 66, /There is: anthropic, openai\./],
      [['create', 'coder', '--provider', 'nobody'], 66, /There is: anthropic, openai\./],
      [['completion', 'tcsh'], 64, /bash, zsh, fish/],
      [['forge', 'create', 'notes'], 64, /is not OWNER\/NAME/],
      [['forge', 'rm', 'scout/old'], 64, /without a terminal say --yes/],
      [['forge', 'rm', 'scout/old', '--purge', 'scout/odl'], 64, /--purge/],
      [['forge', 'prune', 'scout/old'], 64, /without a terminal say --yes/],
      [['forge', 'default-branch', 'tools', 'main'], 64, /is not OWNER\/NAME/],
    ];
    for (const [argv, code, words] of cases) {
      const ran = await runHivectl('/nonexistent/admin.sock', argv);
      expect({ argv, code: ran.code, err: ran.err }).toEqual({ argv, code, err: expect.stringMatching(words) });
    }
  });
  test('every command has help with an example or subcommands', async () => {
    const top = await runHivectl('/nonexistent/admin.sock', ['--help']);
    const names = [...top.out.matchAll(/^ {2}([a-z]+)[ <[]/gm)]
      .map((match) => match[1] ?? '')
      .filter((name) => name !== 'help');
    expect(names.length).toBeGreaterThan(35);
    const commands = names.map((name) => [name]);
    for (const path of commands) {
      const ran = await runHivectl('/nonexistent/admin.sock', [...path, '--help']);
      const helps = /Examples:|Commands:/.test(ran.out);
      expect({ path, code: ran.code, helps }).toEqual({ path, code: 0, helps: true });
      const below = ran.out.split('Commands:')[1]?.split('\n\n')[0] ?? '';
      for (const [, name = ''] of below.matchAll(/^ {2}([a-z]+)[ <[]/gm))
        // What follows `forge git` is git's, --help too.
        if (name !== 'help' && name !== 'git') commands.push([...path, name]);
    }
    expect(commands.map((path) => path.join(' '))).toContain('schedule pause');
  });
});

test('--version names the version of the build', async () => {
  const ran = await runHivectl('/nonexistent/admin.sock', ['--version']);
  expect(ran).toEqual({ code: 0, out: `hivectl ${VERSION}\n`, err: '' });
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
  test('a pattern acts on all that it fits and passes by those that cannot be acted on', async () => {
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
  test('one that fails keeps nobody else from its turn; the exit code is that of the failure', async () => {
    const asked: string[] = [];
    const socket = await openFleet({
      restartAgent: ({ name }) => {
        asked.push(name);
        if (name === 'manager') throw new HiveError('image_missing', 'No such image.');
        return { agent: agentView(name, {}) };
      },
    });
    const ran = await runHivectl(socket, ['restart', '*']);
    expect(asked).toEqual(['manager', 'scout-1', 'coder']);
    expect(ran.code).toBe(69);
    expect(ran.err).toContain('manager: No such image.');
  });
  test('rebuild: those of a choice wait for their turns and start nobody; named ones are rebuilt at once', async () => {
    const asked: unknown[] = [];
    const socket = await openFleet({
      rebuildAll: (input) => {
        asked.push(input);
        return { agents: input.agents ?? [] };
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
    await runHivectl(socket, ['rebuild', '--all']);
    const none = await runHivectl(socket, ['rebuild', '--all', '--state', 'stopped']);
    expect(none).toMatchObject({ code: 0, out: expect.stringContaining('none is rebuilt') });
    const named = await runHivectl(socket, ['rebuild', 'scout-2', 'coder']);
    expect(named.err).toContain('scout-2 was stopped; it is started');
    expect(asked).toEqual([
      { reason: 'new tools', now: false, agents: ['scout-1'] },
      { now: true, agents: ['manager', 'coder'] },
      { now: false },
      { name: 'scout-2' },
      { name: 'coder' },
    ]);
  });
  test('interrupt passes by whoever has no turn', async () => {
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
  test('ps shows those in a state, in the order that was asked for', async () => {
    const socket = await openFleet({});
    const ran = await runHivectl(socket, ['ps', '--state', 'idle,working', '--sort', 'state', '--json']);
    const shown = (JSON.parse(ran.out) as { agents: { name: string }[] }).agents.map(({ name }) => name);
    expect(shown).toEqual(['scout-1', 'manager', 'coder']);
    const nobody = await runHivectl(socket, ['ps', '--state', 'failed']);
    expect(nobody).toMatchObject({ code: 0, out: expect.stringContaining('No agent is failed.') });
  });
});

describe('edit', () => {
  const before = agentView('scout', {});
  test('sends what was given, a prompt from a file or from stdin, and says when the box has it', async () => {
    const given: unknown[] = [];
    const stand = await openStandInHive({
      changeAgent: (input) => {
        given.push(input.spec);
        return { agent: before, changed: Object.keys(input.spec) };
      },
    });
    hive = stand;
    const file = join(stand.dir, 'prompt.md');
    await writeFile(file, 'Look twice.\n');
    const ran = await runHivectl(stand.socket, ['edit', 'scout', '--memory', '4096', '--prompt-file', file]);
    await runHivectl(stand.socket, ['edit', 'scout', '--prompt', '-'], { stdin: Buffer.from('From a pipe.') });
    expect(given).toEqual([{ prompt: 'Look twice.', limits: { memoryMb: 4096 } }, { prompt: 'From a pipe.' }]);
    expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('after a rebuild') });
  });
});

describe('a signal', () => {
  test('that comes before the hive answered a change says that it may have been done', async () => {
    const interrupt = new AbortController();
    const stand = await openStandInHive({
      send: () => {
        interrupt.abort(interruptedBy('SIGTERM'));
        return new Promise<never>(() => undefined);
      },
    });
    hive = stand;
    const ran = await runHivectl(stand.socket, ['send', 'scout', 'hi'], { signal: interrupt.signal });
    expect(ran).toMatchObject({ code: 143, err: expect.stringContaining('may have been done all the same') });
  });
  test.each([
    ['SIGINT', 0],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s ends a follower with %d', async (name, code) => {
    const interrupt = new AbortController();
    const stand = await openStandInHive({
      status: () => STATUS,
      listEvents: () => ({ events: [], lastSeq: 1 }),
      async *followEvents(_input, { signal }) {
        interrupt.abort(interruptedBy(name));
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        yield* [];
      },
    });
    hive = stand;
    const ran = await runHivectl(stand.socket, ['events', '-f'], { signal: interrupt.signal });
    expect(ran).toEqual({ code, out: '', err: '' });
  });
});

describe('with a stand-in hive', () => {
  test('ps is a table that fits, with reasons; --json is what the operation answers', async () => {
    hive = await openStandInHive({ status: () => STATUS, listAgents: fleet });
    const table = await runHivectl(hive.socket, ['ps'], { columns: 60 });
    for (const line of table.out.trimEnd().split('\n')) expect(line.length).toBeLessThanOrEqual(60);
    const piped = await runHivectl(hive.socket, ['ps']);
    expect(piped.out).toContain('rate limited');
    expect(piped.out).toContain('too many requests; again in 1m 30s');
    expect(piped.out).toContain('2 waiting');
    const json = await runHivectl(hive.socket, ['ps', '--json']);
    expect(adminSurface.listAgents.output.parse(JSON.parse(json.out))).toEqual(fleet());
  });

  test('--json may stand before or behind the command', async () => {
    hive = await openStandInHive({ status: () => STATUS, listAgents: fleet });
    const before = await runHivectl(hive.socket, ['--json', 'ps']);
    expect(JSON.parse(before.out)).toEqual(fleet());
  });

  test('an empty hive says what to do next', async () => {
    hive = await openStandInHive({
      status: () => STATUS,
      listAgents: () => ({ agents: [], lastSeq: 0 }),
      listThreads: () => ({ threads: [] }),
      inbox: () => ({ messages: [], unread: 0 }),
    });
    expect((await runHivectl(hive.socket, ['ps'])).out).toContain('hivectl create');
    expect((await runHivectl(hive.socket, ['thread'])).out).toContain('hivectl send');
    expect((await runHivectl(hive.socket, ['inbox'])).out).toContain('hivectl send');
  });

  test('an unknown agent’s error names the one that was meant', async () => {
    hive = await openStandInHive({
      status: () => STATUS,
      listAgents: fleet,
      stopAgent: ({ name }) => {
        throw new HiveError('unknown_agent', `There is no agent "${name}".`);
      },
    });
    expect(await runHivectl(hive.socket, ['stop', 'scuot'])).toEqual({
      code: 66,
      out: '',
      err: 'error: There is no agent "scuot". Did you mean "scout"?\n',
    });
    expect((await runHivectl(hive.socket, ['stop', 'zebra'])).err).toContain('There are: manager, scout.');
  });

  test('what hived says about an unknown agent is not said twice', async () => {
    hive = await openStandInHive({
      status: () => STATUS,
      listAgents: fleet,
      listEvents: () => ({ events: [], lastSeq: 7 }),
      getAgent: ({ name }) => {
        throw new HiveError('unknown_agent', `There is no agent "${name}". There are: manager, scout.`);
      },
    });
    const err = 'error: There is no agent "zebra". There are: manager, scout.\n';
    expect(await runHivectl(hive.socket, ['ps', 'zebra'])).toEqual({ code: 66, out: '', err });
    expect(await runHivectl(hive.socket, ['events', '--agent', 'zebra'])).toEqual({ code: 66, out: '', err });
  });

  test('exit codes come from the table', async () => {
    hive = await openStandInHive({
      startAgent: () => {
        throw new HiveError('wrong_state', 'Cannot start: it is running already.');
      },
    });
    expect(await runHivectl(hive.socket, ['start', 'scout'])).toMatchObject({
      code: 75,
      err: 'error: Cannot start: it is running already.\n',
    });
  });

  test('a message is sent as it was typed, from the arguments or from stdin', async () => {
    const sent: unknown[] = [];
    hive = await openStandInHive({
      send: (input) => {
        sent.push(input);
        return { id: 5, thread: 5, recipients: [input.to], duplicate: false };
      },
    });
    await runHivectl(hive.socket, ['send', 'scout', 'hello', 'there', '--reply-to', '3', '--key', 'k']);
    await runHivectl(hive.socket, ['send', 'scout', '-'], { stdin: Buffer.from('日本\n') });
    expect(sent).toEqual([
      { to: 'scout', body: 'hello there', in_reply_to: 3, key: 'k', kind: 'note' },
      { to: 'scout', body: '日本\n', kind: 'note' },
    ]);
  });

  test('bytes on stdin that are not UTF-8 are refused and nothing is sent', async () => {
    let calls = 0;
    hive = await openStandInHive({
      send: () => {
        calls += 1;
        return { id: 1, thread: 1, recipients: [], duplicate: false };
      },
    });
    const ran = await runHivectl(hive.socket, ['send', 'scout', '-', '--json'], {
      stdin: Uint8Array.of(0x61, 0xff, 0x62),
    });
    expect(ran.code).toBe(64);
    expect(JSON.parse(ran.err)).toMatchObject({
      error: { code: 'invalid_input', message: expect.stringContaining('byte 1') },
    });
    expect(calls).toBe(0);
  });

  test('a provider’s key comes from stdin and is never printed', async () => {
    const keys: string[] = [];
    hive = await openStandInHive({
      setProvider: ({ provider, key }) => {
        keys.push(key);
        return { provider, hasKey: true };
      },
    });
    const ran = await runHivectl(hive.socket, ['provider', 'set', 'anthropic'], {
      stdin: Buffer.from('sk-secret-key\n'),
    });
    expect(ran.code).toBe(0);
    expect(keys).toEqual(['sk-secret-key']);
    expect(ran.out + ran.err).not.toContain('sk-secret');
  });

  test('a test of the provider says in one line what is wrong, and fails with 69', async () => {
    const bad = { ok: false, about: 'key' as const, found: 'https://p refuses the key (401).', advice: 'Set another.' };
    let result: ProviderTest = bad;
    hive = await openStandInHive({ testProvider: () => result });
    expect(await runHivectl(hive.socket, ['provider', 'test', 'anthropic'])).toEqual({
      code: 69,
      out: '✖ key: https://p refuses the key (401). Set another.\n',
      err: '',
    });
    result = { ok: true, about: null, found: 'https://p takes the key', advice: null };
    const fine = await runHivectl(hive.socket, ['provider', 'test', 'anthropic']);
    expect(fine).toEqual({ code: 0, out: '✔ https://p takes the key\n', err: '' });
    expect((await runHivectl(hive.socket, ['provider', 'test', 'nobody'])).code).toBe(66);
  });

  test('what an agent is called by itself moves no cursor', async () => {
    const evil = agentView('scout', { activity: '\u001B[2Jgone\u0007', state: 'working' });
    hive = await openStandInHive({ status: () => STATUS, listAgents: () => ({ agents: [evil], lastSeq: 1 }) });
    expect((await runHivectl(hive.socket, ['ps'])).out).toContain('gone');
    expect((await runHivectl(hive.socket, ['ps'])).out).not.toContain('\u001B');
  });

  test('the doctor fails with 69 when something is broken', async () => {
    hive = await openStandInHive({
      doctor: () => ({
        checks: [{ name: 'container engine', ok: false, level: 'fail', found: 'away', advice: 'Start it.' }],
      }),
    });
    const ran = await runHivectl(hive.socket, ['doctor']);
    expect(ran.code).toBe(69);
    expect(ran.out).toContain('✖ container engine: away');
    expect(ran.out).toContain('    Start it.');
  });
});

describe('events', () => {
  const at = (seq: number): HiveEvent => ({ seq, at: seq, kind: 'hive.stopping', agent: null, data: { reason: 'x' } });

  test('are found however far back, or on, hived has to be asked; following goes on behind what was looked through', async () => {
    const asked: object[] = [];
    const followed: unknown[] = [];
    hive = await openStandInHive({
      listEvents(input) {
        asked.push(input);
        if (input.after === 0) return { events: [], lastSeq: 90_000, upTo: 20_000 };
        if (input.after === 20_000) return { events: [at(30_000)], lastSeq: 90_000, upTo: 90_000 };
        if (input.before === undefined) return { events: [], lastSeq: 90_000, downTo: 70_000 };
        return { events: [at(5)], lastSeq: 90_000, downTo: 0 };
      },
      status: () => ({ ...STATUS, lastSeq: 90_000 }),
      async *followEvents(_input, { lastEventId }) {
        followed.push(lastEventId);
        yield at(90_001);
      },
    });
    const back = await runHivectl(hive.socket, ['events', '--kinds', 'hive.stopping']);
    expect(back.out).toMatch(/^ +5 .*hive\.stopping/);
    const on = await runHivectl(hive.socket, ['events', '--kinds', 'hive.stopping', '--after', '0', '--json']);
    expect(JSON.parse(on.out)).toMatchObject({ events: [{ seq: 30_000 }], upTo: 90_000 });
    expect(asked).toHaveLength(4);
    const interrupt = new AbortController();
    await runHivectl(hive.socket, ['events', '--kinds', 'hive.stopping', '--after', '0', '-f'], {
      signal: interrupt.signal,
      onOut: (out) => {
        if (out.includes('90001')) interrupt.abort();
      },
    });
    expect(followed[0]).toBe(90_000);
  });
});

describe('following events', () => {
  const event = (seq: number): HiveEvent => ({
    seq,
    at: seq,
    kind: 'agent.rebuilt',
    agent: 'scout' as HiveEvent['agent'],
    data: { generation: seq },
  });

  test('goes on over a restart of hived, without a gap or a duplicate', async () => {
    const log = [event(1), event(2), event(3), event(4)];
    const asked: (number | null | undefined)[] = [];
    const handlers = (upTo: number, hold: boolean) => ({
      listEvents: () => ({ events: [event(1)], lastSeq: 1 }),
      status: () => {
        throw new HiveError('not_implemented');
      },
      async *followEvents(
        input: { after?: number | undefined },
        { lastEventId, signal }: { lastEventId: number | null; signal: AbortSignal },
      ) {
        asked.push(lastEventId);
        for (const each of log.slice(0, upTo)) if (each.seq > (lastEventId ?? input.after ?? 0)) yield each;
        if (hold) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      },
    });
    const status = () => ({ ...STATUS, lastSeq: 4 });
    const stand = await openStandInHive({ ...handlers(2, true), status });
    hive = stand;
    const interrupt = new AbortController();
    const running = runHivectl(stand.socket, ['events', '-f', '--json'], {
      signal: interrupt.signal,
      onOut: (out) => {
        if (out.includes('"seq":2') && !out.includes('"seq":3')) void stand.stop();
        if (out.includes('"seq":4')) interrupt.abort();
      },
      onErr: (err) => {
        if (err.endsWith('waiting for it to come back …\n')) void stand.start({ ...handlers(4, true), status });
      },
    });
    const ran = await running;
    const seqs = ran.out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as HiveEvent).seq);
    expect(seqs).toEqual([1, 2, 3, 4]);
    expect(ran.code).toBe(0);
    expect(asked).toEqual([1, 2]);
    expect(ran.err).toBe('hived is away; waiting for it to come back …\nhived is back.\n');
  });
});

const STATUS = {
  hiveId: 'h',
  version: '0.1.0',
  boot: 'b',
  pid: 1,
  startedAt: 0,
  ready: true,
  engine: { ok: true, version: '20', reason: null },
  services: [],
  dashboardUrl: 'http://127.0.0.1:1',
  provider: { name: 'demo' as const, hasKey: false, refused: null },
  agents: 1,
  lastSeq: 1,
  rssBytes: 1,
  disk: {
    level: 'ok' as const,
    freeBytes: 9e10,
    totalBytes: 1e11,
    freeFiles: 1,
    files: 1,
    reserveBytes: 0,
    advice: null,
  },
};
