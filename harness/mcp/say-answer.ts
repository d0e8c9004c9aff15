import type { OpOutput } from '../../protocol/op.ts';
import type { agentSurface } from '../../protocol/operations/agent.ts';
import type { forgeAgentSurface } from '../../protocol/operations/repos.ts';
import { sayTests } from '../../protocol/check-words.ts';
import { reasonOf, type ReceiptFormat, sayReceiptStage } from '../../protocol/receipt-words.ts';
import type { AgentTopicView, MessageView, Receipt, SendOutput } from '../../protocol/schemas/message.ts';
import type { ReminderView, ScheduleView } from '../../protocol/schemas/reminder.ts';
import type { CommitView, RepoView } from '../../protocol/schemas/repo.ts';
import type { CheckRun, PullChecks } from '../../protocol/schemas/check.ts';
import type { PullDescription, PullEntry, PullStatus, PullView } from '../../protocol/schemas/pull.ts';
import type { QueueEntryView } from '../../protocol/schemas/queue.ts';
import { shorten } from '../../system/text/cut-text.ts';

type Surface = typeof agentSurface & typeof forgeAgentSurface;
type Sayers = { [K in keyof Surface]?: (answer: OpOutput<Surface[K]>, input: Record<string, unknown>) => string };

/** The model wrote these texts itself: this many characters identify one. */
const REMINDING_CHARS = 120;

/** Tools whose answers have a shorter form than hived's JSON. */
const SAYERS: Sayers = {
  send: (answer, input) => saySent(answer, input),
  receipts: ({ receipts }) => receipts.map(sayReceipt).join('\n'),
  thread: ({ thread, state, messages, more }) =>
    [
      `thread ${thread}, ${state}${more ? '; older messages are left out, ask for more with limit' : ''}`,
      ...messages.map(sayMessage),
    ].join('\n'),
  search: ({ hits }) => sayList(hits, ({ at, ...hit }) => JSON.stringify({ ...hit, at: sayTime(at) })),
  topics: ({ topics, total }) =>
    sayList(topics, sayTopic) + (total > topics.length ? `\n(${total - topics.length} more)` : ''),
  remind: ({ id, due_at: dueAt, duplicate }) =>
    JSON.stringify({ id, due: sayTime(dueAt), ...(duplicate ? { duplicate } : {}) }),
  reminders: ({ reminders }) => sayList(reminders, sayReminder),
  schedule: ({ schedule, duplicate }) =>
    JSON.stringify({ id: schedule.id, next: sayTime(schedule.nextAt), ...(duplicate ? { duplicate } : {}) }),
  schedules: ({ schedules }) => sayList(schedules, saySchedule),
  quiet: ({ until }) => (until === null ? 'You can be disturbed.' : `Quiet until ${sayTime(until)}.`),
  agents: ({ agents }) =>
    sayList(agents, ({ waiting, ...agent }) => JSON.stringify(waiting === 0 ? agent : { ...agent, waiting })),
  listRepos: ({ repos }) => sayList(repos, sayRepo),
  describeRepo: ({ repo, branches, branch, commits }) =>
    [
      sayRepo(repo),
      `branches${branches.length < repo.branches ? ` (the newest of ${repo.branches})` : ''}:`,
      sayList(branches, ({ name, ...commit }) => JSON.stringify({ branch: name, ...shortCommit(commit) })),
      `last commits of ${JSON.stringify(branch)}:`,
      sayList(commits, (commit) => JSON.stringify(shortCommit(commit))),
    ].join('\n'),
  createRepo: ({ repo }) => sayRepo(repo),
  listPulls: ({ pulls, next }) =>
    sayList(pulls, sayPull) + (next === null ? '' : `\n(more: call it again with before ${next})`),
  openPull: ({ pull }) => `${sayPull(pull)}\nPush to ${JSON.stringify(pull.head)} to change it.`,
  editPull: ({ pull }) => sayPull(pull),
  mergePull: ({ pull, queue }) => (queue === null ? sayPull(pull) : sayQueueEntry(queue)),
  leaveQueue: ({ pull }) => sayPull(pull),
  describePull: (answer) => sayDescription(answer),
  diffPull: ({ commit, text, next }) =>
    [
      `the change at the commit ${commit}, as JSON:`,
      JSON.stringify(text),
      ...(next === null ? [] : [`(more: call it again with offset ${next})`]),
    ].join('\n'),
  readCheckLog: ({ run, text, before }) =>
    [
      JSON.stringify(shortRun(run)),
      `the end of its output, as JSON:`,
      JSON.stringify(text),
      ...(before === null ? [] : [`(what is before that: call it again with before ${before})`]),
    ].join('\n'),
  reviewPull: ({ entry }) => JSON.stringify({ noted: entry.kind, commit: entry.commit }),
};

/**
 * A tool's answer to the model. Texts of others stay in JSON, one message per line, so that none can look like
 * another.
 */
export function sayAnswer(op: keyof Surface, answer: unknown, input: Record<string, unknown>): string {
  const say = SAYERS[op] as ((answer: unknown, input: Record<string, unknown>) => string) | undefined;
  return say === undefined ? JSON.stringify(answer) : say(answer, input);
}

function sayList<T>(items: readonly T[], say: (item: T) => string): string {
  return items.length === 0 ? 'None.' : items.map(say).join('\n');
}

function saySent(sent: SendOutput, input: Record<string, unknown>) {
  const { id, thread, recipients, duplicate, skipped, waiting, waiting_more, note } = sent;
  const toGroup = /^[@#*]/.test(String(input['to']));
  return JSON.stringify({
    id,
    thread,
    ...(toGroup ? { recipients } : {}),
    ...(duplicate ? { duplicate } : {}),
    ...(skipped === undefined || skipped.length === 0 ? {} : { skipped }),
    ...(waiting === undefined || waiting.length === 0
      ? {}
      : { waiting: waiting.map(({ until, ...rest }) => ({ ...rest, until: until === null ? null : sayTime(until) })) }),
    ...(waiting_more === undefined ? {} : { waiting_more }),
    ...(note === undefined ? {} : { note }),
  });
}

/** One line: a message's latest step with one recipient, and its time. */
export function sayReceipt(receipt: Receipt): string {
  const copy = receipt.copy ? ' (copy)' : '';
  const reason = reasonOf(receipt);
  return `${receipt.recipient}${copy}: ${sayReceiptStage(receipt, RECEIPT_FORMAT)}${reason === null ? '' : `; ${reason}`}`;
}

const RECEIPT_FORMAT: ReceiptFormat = {
  reached: (at) => `at ${sayTime(at)}`,
  since: (at) => `since ${sayTime(at)}`,
  until: (at) => `until ${sayTime(at)}`,
  untilReleased: 'until the operator lets it go on',
};

function sayMessage(message: MessageView): string {
  const { id, inReplyTo, from, to, kind, body, at, data, receipts, receiptsLeftOut } = message;
  return JSON.stringify({
    id,
    ...(inReplyTo === null ? {} : { in_reply_to: inReplyTo }),
    from,
    to,
    kind,
    at: sayTime(at),
    body,
    ...data,
    receipts: receipts.map(sayReceipt),
    ...(receiptsLeftOut === undefined ? {} : { receipts_left_out: receiptsLeftOut }),
  });
}

function sayTopic({ topic, open, subscribers, count, subscribed }: AgentTopicView): string {
  const more = count > subscribers.length ? `, … (${count} in all)` : '';
  return `${topic}${open ? '' : ' (closed)'}: ${subscribers.join(', ')}${more}${subscribed ? '; you subscribe' : ''}`;
}

function sayReminder({ id, dueAt, body, attachment }: ReminderView): string {
  const file = attachment === null ? {} : { file: attachment.name };
  return JSON.stringify({ id, due: sayTime(dueAt), body: shorten(body, REMINDING_CHARS), ...file });
}

function saySchedule(schedule: ScheduleView): string {
  const { id, cron, timeZone, to, owner, action, paused, nextAt, body, trouble } = schedule;
  return JSON.stringify({
    id,
    cron,
    ...(timeZone === 'UTC' ? {} : { time_zone: timeZone }),
    ...(to === owner ? {} : { to }),
    action,
    ...(paused ? { paused } : { next: sayTime(nextAt) }),
    body: shorten(body, REMINDING_CHARS),
    ...(trouble === null ? {} : { trouble }),
  });
}

function sayRepo({ owner, name, description, access, defaultBranch, head, pushedAt }: RepoView): string {
  return JSON.stringify({
    repo: `${owner}/${name}`,
    access,
    ...(description === '' ? {} : { description: shorten(description, REMINDING_CHARS) }),
    ...(head === null
      ? { empty: true }
      : { default_branch: defaultBranch, pushed: sayTime(pushedAt), head: shortCommit(head) }),
  });
}

function shortCommit({ oid, summary, author, at }: CommitView) {
  return { commit: oid.slice(0, 12), at: sayTime(at), author, summary };
}

/** To the second: finer times do not matter between agents. */
function sayTime(at: number): string;
function sayTime(at: number | null): string | null;
function sayTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}

function sayQueueEntry({ number, base, commit, state, position, reasons }: QueueEntryView): string {
  const waits = reasons.length === 0 ? {} : { waits_for: reasons };
  return `${JSON.stringify({ pr: number, merge_queue_of: base, state, position, commit, ...waits })}
You get mail when it is merged or put out. New commits take it out.`;
}

function sayPull(pull: PullView): string {
  const { owner, name, number, title, author, state, draft, base, head, commit, labels, mergeCommit } = pull;
  const more = {
    ...(labels.length === 0 ? {} : { labels: labels.map((label) => label.name) }),
    ...(mergeCommit === null ? {} : { merged_as: mergeCommit }),
  };
  const shown = { pr: `${owner}/${name}#${number}`, title, author, state: draft ? 'draft' : state, head, base, commit };
  return JSON.stringify({ ...shown, ...more });
}

/** Characters of a comment, and entries, that an overview shows. */
const COMMENT_CHARS = 2_000;

function sayDescription(answer: PullDescription): string {
  const { pull, body, reviewers, entries, entriesLeftOut, commits, files, filesLeftOut, merge, queue } = answer;
  const rest = entriesLeftOut === 0 ? '' : ` (${entriesLeftOut} older ones are left out)`;
  return [
    sayPull(pull),
    JSON.stringify({ body, ...(reviewers.length === 0 ? {} : { reviewers }) }),
    `commits:`,
    sayList(commits, (commit) => JSON.stringify(shortCommit(commit))),
    `files${filesLeftOut === 0 ? '' : ` (${filesLeftOut} more are left out)`}:`,
    sayList(files, ({ path, added, removed }) => JSON.stringify({ path, added, removed })),
    `conversation${rest}:`,
    sayList(entries, sayEntry),
    ...sayChecks(merge.checks),
    ...merge.statuses.flatMap(sayStatus),
    ...(queue === null ? [] : [sayQueueEntry(queue)]),
    merge.ready ? 'It can be merged.' : `It cannot be merged now: ${JSON.stringify(merge.reasons)}`,
  ].join('\n');
}

function sayChecks({ state, trouble, runs }: PullChecks): string[] {
  if (state === 'none') return [];
  return [
    `checks: ${state}${trouble === null ? '' : ` ${JSON.stringify(trouble)}`}`,
    ...runs.map((run) => JSON.stringify(shortRun(run))),
  ];
}

/** Characters of a status's description. */
const STATUS_CHARS = 200;

/** Of those that the merge waits for; it names the others itself. */
function sayStatus({ context, by, state, description, url, required }: PullStatus): string[] {
  if (!required || state === 'success' || state === 'missing') return [];
  const text = description === '' ? {} : { description: shorten(description, STATUS_CHARS) };
  return [`status: ${JSON.stringify({ context, by, state, ...text, ...(url === '' ? {} : { url }) })}`];
}

function shortRun({ id, check, state, required, attempt, reason, flaky, tests }: CheckRun) {
  return {
    run: id,
    check,
    state,
    ...(required ? {} : { required }),
    ...(attempt === 1 ? {} : { attempt }),
    ...(reason === '' ? {} : { reason }),
    ...(tests == null ? {} : { tests: sayTests(tests) }),
    ...(flaky ? { flaky } : {}),
  };
}

function sayEntry({
  id,
  at,
  by,
  kind,
  body,
  commit,
  path,
  line,
  lineNow,
  isOutdated,
  replyTo,
  stale,
}: PullEntry): string {
  return JSON.stringify({
    at: sayTime(at),
    by,
    kind,
    ...(stale ? { counts: false } : {}),
    ...(path === null ? {} : { id, path, ...(line === null ? {} : { line: lineNow ?? line }) }),
    ...(isOutdated ? { outdated: true } : {}),
    ...(replyTo === null ? {} : { reply_to: replyTo }),
    ...(body === '' ? {} : { body: shorten(body, COMMENT_CHARS) }),
    commit: commit.slice(0, 12),
  });
}
