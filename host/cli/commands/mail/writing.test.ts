import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { HiveError } from '../../../../protocol/errors.ts';
import { runHivectl } from '../../testing/run-hivectl.ts';
import { agentView, openStandInHive, type StandInHive } from '../../testing/stand-in-hive.ts';
import { messageView, questionView, receipt } from '../../testing/stand-in-mail.ts';

let hive: StandInHive | null = null;
afterEach(async () => {
  await hive?.close();
  hive = null;
});

describe('send', () => {
  test('sends every field that a message can have, and uploads its files first', async () => {
    const asked: unknown[] = [];
    const hash = 'a'.repeat(64);
    const stand = (hive = await openStandInHive({
      upload: ({ name, data }) => {
        asked.push({ name, data });
        return { name, hash, bytes: 3 };
      },
      send: (input) => {
        asked.push(input);
        return {
          id: 7,
          thread: 7,
          recipients: ['scout'],
          duplicate: false,
          skipped: [{ name: 'writer', why: 'it subscribed and is stopped' }],
          note: 'scout is quiet for 5m',
        };
      },
    }));
    const file = join(stand.dir, 'plan.md');
    await writeFile(file, 'abc');
    const argv = [
      'send', '#docs', 'which', 'way?', '--kind', 'question', '--choice', 'left', '--choice', 'right', '--deadline', '2h',
      '--default', 'left', '--priority', 'high', '--ttl', '1d', '--reply-to', '#3', '--key', 'k', '--attach', file,
    ]; // prettier-ignore
    const ran = await runHivectl(stand.socket, argv);
    expect(asked).toEqual([
      { name: 'plan.md', data: Buffer.from('abc').toString('base64') },
      {
        to: '#docs',
        body: 'which way?',
        kind: 'question',
        choices: ['left', 'right'],
        deadline_seconds: 7_200,
        default: 'left',
        priority: 'high',
        ttl_seconds: 86_400,
        in_reply_to: 3,
        key: 'k',
        attachments: [{ name: 'plan.md', hash }],
      },
    ]);
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out).toContain('#7 is on its way to scout.');
    expect(ran.out).toContain('Not to writer: it subscribed and is stopped');
    expect(ran.out).toContain('Scout is quiet for 5m.');
  });

  test('send reports who will not read it now, until when and why', async () => {
    const until = Date.parse('2027-01-31T01:14:00Z');
    hive = await openStandInHive({
      send: () => ({
        id: 7,
        thread: 7,
        recipients: ['coder', 'scout'],
        duplicate: false,
        waiting: [
          { name: 'coder', state: 'stopped' as const, until: null, reason: 'it reads its mail when it is started' },
          { name: 'scout', state: 'parked' as const, until, reason: 'a usage limit of the model was reached' },
        ],
      }),
    });
    const ran = await runHivectl(hive.socket, ['send', '*', 'hi']);
    expect(ran.out).toContain('coder is stopped: it reads its mail when it is started.');
    expect(ran.out).toMatch(/scout is parked until 2027-01-31 \d\d:14:00 \S+ \(in .*\): a usage limit/);
  });

  test('without a text it reads piped input; on a terminal it says that the text is missing', async () => {
    const bodies: string[] = [];
    hive = await openStandInHive({
      send: ({ body }) => {
        bodies.push(body);
        return { id: 1, thread: 1, recipients: ['scout'], duplicate: false };
      },
    });
    await runHivectl(hive.socket, ['send', 'scout'], { stdin: Buffer.from('piped') });
    expect(bodies).toEqual(['piped']);
    expect(await runHivectl(hive.socket, ['send', 'scout'], { typed: '' })).toMatchObject({
      code: 64,
      err: 'error: Say what: hivectl send NAME "…", or pipe the text in.\n',
    });
  });
});

describe('answer', () => {
  const handlers = (answers: unknown[]) => ({
    getMessage: ({ id }: { id: number }) => ({
      message:
        id === 5
          ? messageView(5, { kind: 'question', body: 'Which way?', data: { choices: ['left', 'right'] } })
          : messageView(id, { body: 'no question' }),
    }),
    answerQuestion: (input: { id: number; body: string }) => {
      answers.push(input);
      const answer = { id: 6, from: 'operator' as const, body: input.body, at: 2_000 };
      return { question: questionView(5, { state: 'answered', answer }) };
    },
  });

  test('takes a text, a choice’s number, or piped input', async () => {
    const answers: unknown[] = [];
    hive = await openStandInHive(handlers(answers));
    const ran = await runHivectl(hive.socket, ['answer', '5', 'left']);
    expect(ran.out).toBe('Answered #5 with #6; scout is woken. Follow it: hivectl thread 5 -f\n');
    await runHivectl(hive.socket, ['answer', '#5', '2']);
    await runHivectl(hive.socket, ['answer', '5', '-'], { stdin: Buffer.from('right\n') });
    expect(answers).toEqual([
      { id: 5, body: 'left' },
      { id: 5, body: 'right' },
      { id: 5, body: 'right' },
    ]);
    expect(await runHivectl(hive.socket, ['answer', '5', '3'])).toMatchObject({
      code: 64,
      err: 'error: There is no choice 3; there are 1 to 2.\n',
    });
  });

  test('on a terminal it shows the question and asks', async () => {
    const answers: unknown[] = [];
    hive = await openStandInHive(handlers(answers));
    const ran = await runHivectl(hive.socket, ['answer', '5', '--json'], { typed: '1\n' });
    expect(ran.err).toContain('Which way?');
    expect(ran.err).toContain('1) left   2) right');
    expect(JSON.parse(ran.out)).toMatchObject({ question: { id: 5, state: 'answered' } });
    expect(answers).toEqual([{ id: 5, body: 'left' }]);
    expect(await runHivectl(hive.socket, ['answer', '5'], { typed: '\n' })).toMatchObject({ code: 130 });
  });

  test('a message that is not a question is refused with advice', async () => {
    hive = await openStandInHive(handlers([]));
    expect(await runHivectl(hive.socket, ['answer', '9', 'yes'])).toMatchObject({
      code: 66,
      err: 'error: #9 is no question but a note. Reply to it: hivectl send scout "…" --reply-to 9\n',
    });
  });
});

describe('dead messages', () => {
  const dead = (delivery: number) => ({
    delivery,
    recipient: 'scout',
    message: messageView(delivery, {
      from: 'operator',
      body: 'do \u001B[2Jit',
      receipts: [receipt('scout', { delivery, state: 'dead', attempts: 5, endedAt: 2_000, note: 'the CLI crashed' })],
    }),
  });

  test('are listed with their reasons, and what to do with them', async () => {
    hive = await openStandInHive({ listDead: () => ({ dead: [dead(17)], total: 3 }) });
    const { out } = await runHivectl(hive.socket, ['dead'], { now: 62_000 });
    expect(out).toMatch(/17 +scout +#17 from operator +1m ago +5 +the CLI crashed +do it/);
    expect(out).toContain('2 more: hivectl dead --before 17');
    expect(out).toContain('hivectl requeue DELIVERY --edit');
  });

  test('are requeued by id, agent or all, one with another text', async () => {
    const asked: unknown[] = [];
    hive = await openStandInHive({
      requeue: (input) => {
        asked.push(input);
        return { requeued: 1, message: input.body === undefined ? null : 40 };
      },
    });
    expect((await runHivectl(hive.socket, ['requeue', '17', '18,19'])).out).toContain('1 put back');
    await runHivectl(hive.socket, ['requeue', '--agent', 'scout']);
    await runHivectl(hive.socket, ['requeue', '--all']);
    expect((await runHivectl(hive.socket, ['requeue', '17', '--body', 'do it gently'])).out).toContain('as #40');
    expect(asked).toEqual([
      { deliveries: [17, 18, 19] },
      { agent: 'scout' },
      { all: true },
      { deliveries: [17], body: 'do it gently' },
    ]);
  });

  test('the text of one is changed in an editor', async () => {
    const bodies: unknown[] = [];
    hive = await openStandInHive({
      listDead: ({ before }) => ({ dead: [dead((before ?? 0) - 1)], total: 1 }),
      requeue: ({ body }) => {
        bodies.push(body);
        return { requeued: 1, message: 40 };
      },
    });
    const dir = await mkdtemp(join(tmpdir(), 'hivectl-editor-'));
    try {
      const editor = join(dir, 'editor');
      await writeFile(editor, '#!/bin/sh\nsed -i "s/do/do not/" "$2"\n', { mode: 0o755 });
      const ran = await runHivectl(hive.socket, ['requeue', '17', '--edit'], { typed: '', editor: `${editor} --wait` });
      expect(ran).toMatchObject({ code: 0, err: '' });
      expect(bodies).toEqual(['do not \u001B[2Jit']);
      const left = await runHivectl(hive.socket, ['requeue', '17', '--edit'], { typed: '', editor: 'true' });
      expect(left).toMatchObject({ code: 130, err: expect.stringContaining('as it was; nothing was sent') });
      const broken = await runHivectl(hive.socket, ['requeue', '17', '--edit'], { typed: '', editor: 'false' });
      expect(broken).toMatchObject({ code: 130, err: expect.stringContaining('The editor "false" ended with 1') });
      expect(bodies).toHaveLength(1);
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  test('all are dropped only after confirmation', async () => {
    let dropped = 0;
    hive = await openStandInHive({
      listDead: () => ({ dead: [dead(17)], total: 12 }),
      drop: () => {
        dropped += 1;
        return { dropped: 12 };
      },
    });
    const no = await runHivectl(hive.socket, ['drop', '--all'], { typed: 'n\n' });
    expect(no).toMatchObject({ code: 130, err: expect.stringContaining('Drop all 12 dead messages? [y/N]') });
    expect(dropped).toBe(0);
    await runHivectl(hive.socket, ['drop', '--all'], { typed: 'y\n' });
    await runHivectl(hive.socket, ['drop', '--all', '--yes']);
    await runHivectl(hive.socket, ['drop', '17']);
    expect(dropped).toBe(3);
  });

  test('a mailbox of waiting mail is cleared only after confirmation', async () => {
    const asked: unknown[] = [];
    hive = await openStandInHive({
      getAgent: ({ name }) => ({ agent: agentView(name, { queued: 3, dead: 1 }) }),
      drop: (input) => {
        asked.push(input);
        return { dropped: 4 };
      },
    });
    const clear = ['drop', '--agent', 'scout', '--waiting'];
    const no = await runHivectl(hive.socket, clear, { typed: 'n\n' });
    expect(no.err).toContain('Drop the 3 waiting and 1 dead messages of scout? [y/N]');
    expect(asked).toEqual([]);
    await runHivectl(hive.socket, [...clear, '--yes']);
    expect(asked).toEqual([{ agent: 'scout', waiting: true }]);
    expect(await runHivectl(hive.socket, ['drop', '--all', '--waiting', '--yes'])).toMatchObject({ code: 64 });
  });

  test('hived’s error about a delivery that is not dead is shown unchanged', async () => {
    hive = await openStandInHive({
      requeue: () => {
        throw new HiveError('wrong_state', 'Delivery 17 is done, not dead.');
      },
    });
    expect(await runHivectl(hive.socket, ['requeue', '17'])).toMatchObject({
      code: 75,
      err: 'error: Delivery 17 is done, not dead.\n',
    });
  });
});
