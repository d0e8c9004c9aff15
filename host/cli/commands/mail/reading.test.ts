import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { adminSurface } from '../../../../protocol/operations/admin.ts';
import { runHivectl } from '../../testing/run-hivectl.ts';
import { openStandInHive, type StandInHive } from '../../testing/stand-in-hive.ts';
import { messageView, questionView, receipt, threadView } from '../../testing/stand-in-mail.ts';

let hive: StandInHive | null = null;
afterEach(async () => {
  await hive?.close();
  hive = null;
});
const now = 10_000;

describe('an empty hive says what to do', () => {
  test.each([
    [['threads'], 'hivectl send manager'],
    [['threads', '--of', 'scout'], 'hivectl send scout'],
    [['dead'], 'No message was given up. Nothing to do.'],
    [['questions'], 'Nobody waits for an answer of yours.'],
    [['questions', '--of', '*', '--all'], 'No question was asked anywhere.'],
    [['topics'], 'hivectl topics add docs manager'],
    [['remind', 'list'], 'hivectl remind manager "…" --in 10m'],
    [['schedule', 'list'], 'hivectl schedule manager "…" --cron'],
    [['search', 'nothing'], 'Fewer words find more'],
    [['inbox', 'read', '--all'], 'Nothing was unread.'],
  ])('hivectl %s', async (argv, words) => {
    hive = await openStandInHive({
      listThreads: () => ({ threads: [] }),
      listDead: () => ({ dead: [], total: 0 }),
      listQuestions: () => ({ questions: [], open: 0 }),
      listTopics: () => ({ topics: [] }),
      listReminders: () => ({ reminders: [], standing: 0 }),
      listSchedules: () => ({ schedules: [] }),
      searchMessages: () => ({ hits: [] }),
      inbox: () => ({ messages: [], unread: 0 }),
    });
    const ran = await runHivectl(hive.socket, argv);
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out).toContain(words);
    expect(() => JSON.parse(ran.out)).toThrow();
    expect(JSON.parse((await runHivectl(hive!.socket, [...argv, '--json'])).out)).toBeTypeOf('object');
  });
});

describe('inbox', () => {
  test('marks questions and escalations, and lists attachments', async () => {
    const data = { choices: ['yes', 'no'], deadline: 70_000, default: 'no' };
    const attachments = [{ name: 'plan.pdf', hash: 'a'.repeat(64), bytes: 1_200 }];
    hive = await openStandInHive({
      inbox: () => ({
        messages: [
          messageView(5, { kind: 'question', body: 'May I?\u0007', data }),
          messageView(6, { kind: 'escalation', priority: 'high', data: { severity: 'critical', attachments } }),
        ],
        unread: 3,
      }),
    });
    const { out } = await runHivectl(hive.socket, ['inbox'], { now });
    expect(out).toContain('#5  scout → operator [question]');
    expect(out).toContain('    May I?\n    1) yes   2) no\n');
    expect(out).toMatch(/until .* \(in 1m\), then the answer is "no"/);
    expect(out).toContain('wants an answer: hivectl answer 5');
    expect(out).toContain('#6  scout → operator [escalation, critical, high priority]');
    expect(out).toContain('attached: plan.pdf (1.2 kB); fetch it: hivectl download 6');
    expect(out).toContain('3 unread, the oldest 2 of them shown.');
  });

  test('read --all marks the messages that are unread now, page after page, and none that arrive meanwhile', async () => {
    let unread = [1, 2, 3];
    const marked: number[] = [];
    hive = await openStandInHive({
      inbox: () => ({ messages: unread.slice(0, 2).map((id) => messageView(id)), unread: unread.length }),
      markRead: ({ ids }) => {
        marked.push(...ids);
        // One more arrives meanwhile.
        unread = [...unread.filter((id) => !ids.includes(id)), ...(marked.length === 2 ? [4] : [])];
        return { read: ids.length };
      },
    });
    expect((await runHivectl(hive.socket, ['inbox', 'read', '--all'])).out).toBe('3 marked as read.\n');
    expect(marked).toEqual([1, 2, 3]);
  });
});

describe('threads and receipts', () => {
  const handled = receipt('scout', {
    delivery: 9,
    state: 'done',
    attempts: 1,
    turn: 4,
    wokenAt: 1_001,
    leasedAt: 1_010,
    inContextAt: 1_040,
    endedAt: 3_000,
  });
  const handlers = () => ({
    getThread: () => ({
      thread: threadView(5, { state: 'paused', why: 'two polite agents', messages: 900 }),
      messages: [messageView(8, { thread: 5, from: 'operator', to: 'scout' as AgentName, receipts: [handled] })],
      more: true,
    }),
    getMessage: () => ({ message: messageView(8, { from: 'operator', receipts: [handled] }) }),
    listTurns: () => ({ turns: [] }),
  });

  test('short by default, every step with --receipts; earlier pages are offered', async () => {
    hive = await openStandInHive(handlers());
    const short = await runHivectl(hive.socket, ['thread', '5'], { now });
    expect(short.out).toContain('── thread 5: operator, scout (paused: two polite agents)');
    expect(short.out).toContain('earlier: hivectl thread 5 --before 8');
    expect(short.out).toContain('✓ scout: in context after 40ms, handled by turn 4 after 2s');
    const long = await runHivectl(hive.socket, ['thread', '5', '--receipts'], { now });
    const steps = [...long.out.matchAll(/^ {4}\d\d:\d\d:\d\d +(\+\S+)? +(.*)$/gm)].map((match) => match[2]);
    expect(steps).toEqual(['stored', 'woken', 'leased to turn 4', 'in context', 'handled']);
    expect(long.out).toContain('scout  delivery 9');
    expect((await runHivectl(hive.socket, ['receipts', '#8'], { now })).out).toContain('+30ms'.replace('30', '40'));
    const json = await runHivectl(hive.socket, ['thread', '5', '--json']);
    expect(adminSurface.getThread.output.parse(JSON.parse(json.out)).more).toBe(true);
  });

  test('are closed and reopened', async () => {
    const asked: unknown[] = [];
    hive = await openStandInHive({
      setThread: (input) => {
        asked.push(input);
        return { thread: threadView(5, { state: input.state }) };
      },
    });
    expect((await runHivectl(hive.socket, ['thread', 'close', '8'])).out).toBe(
      'Thread 5 is closed: replies are refused.\n',
    );
    expect((await runHivectl(hive.socket, ['thread', 'open', '8'])).out).toBe(
      'Thread 5 is open: its messages go on.\n',
    );
    expect(asked).toEqual([
      { id: 8, state: 'closed' },
      { id: 8, state: 'open' },
    ]);
  });

  test('threads are a table within the terminal’s width', async () => {
    hive = await openStandInHive({
      listThreads: () => ({ threads: [threadView(5, { subject: 'a long story '.repeat(20), open: 2, dead: 1 })] }),
    });
    const { out } = await runHivectl(hive.socket, ['threads'], { now, columns: 80 });
    for (const line of out.trimEnd().split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(out).toMatch(/5 +open +operator.*1 +2 +1 +#5 operator, 9s ago/);
  });
});

describe('questions and topics', () => {
  test('questions show their choices and their outcome', async () => {
    const answer = { id: 12, from: 'operator' as const, body: 'go', at: 3_000 };
    hive = await openStandInHive({
      listQuestions: ({ of, state }) => ({
        questions: [
          questionView(5, { choices: ['go', 'stay'], deadline: 70_000 }),
          questionView(6, { asked: of, state: state === 'all' ? 'answered' : 'open', answer }),
        ],
        open: 4,
      }),
    });
    const mine = await runHivectl(hive.socket, ['questions'], { now });
    expect(mine.out).toContain('#5  scout asks you  9s ago\n    Shall I?\n    1) go   2) stay\n');
    expect(mine.out).toContain('(in 1m), then it closes');
    expect(mine.out).toContain('2 more are open: hivectl questions -n 4');
    const all = await runHivectl(hive.socket, ['questions', '--of', 'writer', '--all'], { now });
    expect(all.out).toContain('#6  scout asks writer  9s ago  [answered]');
    expect(all.out).toContain('→ operator: go (#12)');
  });

  test('topics are opened, closed and subscribed to, with or without their "#"', async () => {
    const asked: unknown[] = [];
    hive = await openStandInHive({
      listTopics: () => ({ topics: [{ topic: '#docs', open: false, subscribers: ['scout'] }] }),
      setTopic: (input) => {
        asked.push(input);
        return { topic: { topic: input.topic, open: input.open ?? true, subscribers: ['scout'] } };
      },
    });
    expect((await runHivectl(hive.socket, ['topics'])).out).toMatch(/#docs +closed +scout/);
    await runHivectl(hive.socket, ['topics', 'close', '#docs']);
    await runHivectl(hive.socket, ['topics', 'add', 'docs', 'scout', 'writer']);
    const ran = await runHivectl(hive.socket, ['topics', 'remove', 'docs', 'writer']);
    expect(ran.out).toBe('#docs is open. Subscribed: scout.\n');
    expect(asked).toEqual([
      { topic: '#docs', open: false },
      { topic: '#docs', add: ['scout', 'writer'] },
      { topic: '#docs', remove: ['writer'] },
    ]);
  });
});

describe('search and export', () => {
  test('search marks the match on a terminal with colours', async () => {
    hive = await openStandInHive({
      searchMessages: () => ({
        hits: [
          {
            id: 5,
            thread: 5,
            from: 'scout' as AgentName,
            to: 'operator',
            kind: 'task',
            at: 0,
            excerpt: 'the Plan\u001B[2J is',
          },
        ],
      }),
    });
    const plain = await runHivectl(hive.socket, ['search', 'plan', '--of', 'scout'], { now });
    expect(plain.out).toContain('#5  scout → operator [task]');
    expect(plain.out).toContain('    the Plan is\n');
    const coloured = await runHivectl(hive.socket, ['search', 'plan'], { now, color: true });
    expect(coloured.out).toMatch(/the \u001B\[1m\u001B\[31mPlan/); // oxlint-disable-line no-control-regex
  });

  const pages = {
    exportMessages: ({ after }: { after: number }) =>
      after < 4
        ? { messages: [messageView(after + 1), messageView(after + 2)], next: after + 2 }
        : { messages: [messageView(5)], next: null },
  };

  test('export writes every page as JSON Lines, to stdout or into a new file', async () => {
    const stand = (hive = await openStandInHive(pages));
    const idsOf = (text: string) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { id: number }).id);
    expect(idsOf((await runHivectl(stand.socket, ['export'])).out)).toEqual([1, 2, 3, 4, 5]);
    expect(idsOf((await runHivectl(stand.socket, ['export', '--after', '4'])).out)).toEqual([5]);
    const file = join(stand.dir, 'all.jsonl');
    const ran = await runHivectl(stand.socket, ['export', file]);
    expect(ran).toMatchObject({ code: 0, err: '', out: expect.stringContaining('5 messages are in') });
    expect(idsOf(await readFile(file, 'utf8'))).toEqual([1, 2, 3, 4, 5]);
    const again = await runHivectl(stand.socket, ['export', file]);
    expect(again).toMatchObject({ code: 64, err: expect.stringContaining('is there already. Choose another name') });
    const nowhere = await runHivectl(stand.socket, ['export', '/nonexistent/x.jsonl']);
    expect(nowhere).toMatchObject({ code: 66, err: expect.stringContaining('cannot be written') });
  });

  test('an export that fails leaves whole lines and reports the hive’s error', async () => {
    const stand = (hive = await openStandInHive({
      exportMessages: ({ after }) => {
        if (after > 0) throw new Error('the disk is gone');
        return { messages: [messageView(1)], next: 1 };
      },
    }));
    const file = join(stand.dir, 'all.jsonl');
    expect(await runHivectl(stand.socket, ['export', file])).toMatchObject({ code: 70 });
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ id: 1 });
  });
});

describe('download', () => {
  /**
   * Vulnerability: an agent names its attachment like a file that the operator's shell or another program obeys.
   * Scenario: the operator downloads it at home without saying where to.
   * Verified: nothing hidden is written unless the operator says so.
   */
  test('a file with a hidden name is not saved unless the operator names the path', async () => {
    const file = { name: '.bash_profile', hash: 'a'.repeat(64), bytes: 3 };
    hive = await openStandInHive({
      getMessage: () => ({ message: messageView(5, { data: { attachments: [file] } }) }),
    });
    expect(await runHivectl(hive.socket, ['download', '5'])).toMatchObject({
      code: 64,
      err: 'error: It is called ".bash_profile". Say where to with -o PATH.\n',
    });
  });

  const attachments = ['plan.pdf', 'notes.md'].map((name) => ({ name, hash: 'a'.repeat(64), bytes: 3 }));
  test('saves an attachment, never over a file', async () => {
    const stand = (hive = await openStandInHive({
      getMessage: () => ({ message: messageView(5, { data: { attachments } }) }),
      download: ({ name }) => ({ name, hash: 'a'.repeat(64), data: Buffer.from('abc').toString('base64') }),
    }));
    const path = join(stand.dir, 'saved.pdf');
    const argv = ['download', '5', 'plan.pdf', '-o', path];
    expect((await runHivectl(stand.socket, argv)).out).toBe(`${path}: 3 B.\n`);
    expect(await readFile(path, 'utf8')).toBe('abc');
    expect(await runHivectl(stand.socket, argv)).toMatchObject({
      code: 64,
      err: expect.stringContaining('there already'),
    });
    expect((await runHivectl(stand.socket, ['download', '5', 'notes.md', '-o', '-'])).out).toBe('abc');
    expect((await runHivectl(stand.socket, ['download', '5'])).err).toContain('Say which: plan.pdf, notes.md.');
    expect(await runHivectl(stand.socket, ['download', '5', 'x'])).toMatchObject({ code: 66 });
  });
});
