import { setTimeout as wait } from 'node:timers/promises';
import { HiveError } from '../../protocol/errors.ts';
import { isRepeatable, type OpOutput } from '../../protocol/op.ts';
import { agentSurface } from '../../protocol/operations/agent.ts';
import type { Delivered } from '../../protocol/schemas/message.ts';
import { backoffMs } from '../../system/backoff.ts';
import { cutText } from '../../system/text/cut-text.ts';
import { inputError } from '../../wire/operations.ts';
import type { ForgeClient } from '../hive-link/forge-client.ts';
import type { HiveClient } from '../hive-link/hive-client.ts';
import { isHiveAway, isHiveBroken, MOST_BROKEN } from '../hive-link/retry.ts';
import { describeFetched } from '../turn/compose-prompt.ts';
import { disarm } from '../turn/disarm.ts';
import { showMessage } from '../turn/show-message.ts';
import type { TurnMail } from '../turn/turn-mail.ts';
import { attachFiles } from './attach-files.ts';
import { fitAnswer, MAX_ANSWER_CHARS } from './fit-answer.ts';
import { readArguments } from './read-arguments.ts';
import { saveDownload } from './save-download.ts';
import { sayAnswer } from './say-answer.ts';
import { findTool, shapeOf, type ToolOperation } from '../../protocol/told/list-tools.ts';

/** Dependencies of a tool call. */
export interface ToolParts {
  hive: HiveClient;
  forge: ForgeClient;
  newKey: () => string;
  now: () => number;
  /** The mail of the running turn; `recv` adds to it. */
  mail: Pick<TurnMail, 'admit' | 'noteFetched' | 'handOver' | 'markUncertain'>;
  /** The agent's own directory: paths are relative to it, downloads are saved in it. */
  stateDir: string;
}

export interface ToolAnswer {
  text: string;
  isError: boolean;
}

/** How long a repeatable call is retried while hived is down. */
const PATIENCE_MS = 10_000;
/** One agent's files are transferred one at a time, so a call may have to wait for others. */
const FILE_TIMEOUT_MS = 60_000;
/** Maximum characters of mail in one `recv` answer. */
const FETCH_CHARS = MAX_ANSWER_CHARS - 1_000;

/** Maximum length of an error text: it may quote the refused input. */
const MOST_ERROR_CHARS = 4_000;

/**
 * Calls an operation for the LLM. Never throws: failures are returned as `code: sentence`, so that the model can
 * react.
 */
export async function callTool(name: string, args: Record<string, unknown>, parts: ToolParts): Promise<ToolAnswer> {
  const tool = findTool(name);
  if (tool === null) return { text: `not_found: there is no tool "${name}".`, isError: true };
  try {
    const given = readArguments(args, shapeOf(tool));
    const text = await carryOut(tool, given, parts);
    if (tool.name === 'recv') return { text, isError: false };
    return { text: await fitAnswer(disarm(text), { name, stateDir: parts.stateDir, now: parts.now }), isError: false };
  } catch (error) {
    return { text: disarm(cutText(describeError(error, tool.server), MOST_ERROR_CHARS).text), isError: true };
  }
}

async function carryOut(tool: ToolOperation, given: Record<string, unknown>, parts: ToolParts): Promise<string> {
  const { name, op } = tool;
  if (name === 'recv') return fetchMail(given, parts);
  if (name === 'download') return download(given, parts);
  const upload = (file: { name: string; data: string }) =>
    patiently(() => parts.hive.call('upload', file, { timeoutMs: FILE_TIMEOUT_MS }), { parts, repeatable: true });
  const input =
    name === 'send' || name === 'remind' ? await attachFiles(name, given, { upload, stateDir: parts.stateDir }) : given;
  // With a key, a repeated call is deduped, so it may be retried after a broken connection.
  const whole = op.repeatable === 'with_key' ? { key: parts.newKey(), ...input } : input;
  const repeatable = isRepeatable(op, whole);
  const answer = await patiently(() => ask(tool, whole, parts), { parts, repeatable });
  return sayAnswer(name, answer, whole);
}

/** Calls the operation at its server; the input is checked there. */
function ask(tool: ToolOperation, input: object, { hive, forge }: ToolParts): Promise<unknown> {
  return tool.server === 'forge' ? forge.call(tool.name, input as never) : hive.call(tool.name, input as never);
}

async function download(given: Record<string, unknown>, parts: ToolParts): Promise<string> {
  const wanted = agentSurface.download.input.safeParse(given);
  if (!wanted.success) throw inputError(wanted.error);
  const file = await patiently(() => parts.hive.call('download', wanted.data, { timeoutMs: FILE_TIMEOUT_MS }), {
    parts,
    repeatable: true,
  });
  return saveDownload(file, { stateDir: parts.stateDir, message: wanted.data.message });
}

async function patiently<T>(attempt: () => Promise<T>, how: { parts: ToolParts; repeatable: boolean }): Promise<T> {
  const deadline = how.parts.now() + PATIENCE_MS;
  /** Consecutive failures inside hived; an absence before them is not one. */
  let broken = 0;
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      broken = isHiveBroken(error) ? broken + 1 : 0;
      const mayPass = isHiveAway(error) || (isHiveBroken(error) && broken < MOST_BROKEN);
      const mayRepeat = mayPass && (how.repeatable || !mayHaveActed(error));
      if (!mayRepeat || how.parts.now() > deadline) throw error;
    }
    await wait(backoffMs(failures, { firstMs: 50, maxMs: 1_000 }, Math.random()));
  }
}

function mayHaveActed(error: unknown): boolean {
  if (isHiveBroken(error)) return true;
  return error instanceof HiveError && error.code === 'hive_unreachable' && error.details?.['sent'] !== false;
}

async function fetchMail(given: Record<string, unknown>, parts: ToolParts): Promise<string> {
  const wanted = agentSurface.recv.input.safeParse(given);
  if (!wanted.success) throw inputError(wanted.error);
  const { limit } = wanted.data;
  const fetched: Delivered[] = [];
  let waiting = 0;
  let chars = 0;
  while (fetched.length < limit && chars < FETCH_CHARS) {
    const answer = await fetchOne(parts, fetched.length);
    if (answer === null) break;
    waiting = answer.waiting;
    const fresh = parts.mail.admit(answer.messages);
    fetched.push(...fresh);
    chars += fresh.reduce((sum, message) => sum + showMessage(message).length, 0);
    if (answer.messages.length === 0 || answer.waiting === 0) break;
  }
  // The last one may exceed the limit: the CLI would store the whole answer in a file. A prompt is not truncated.
  const apart = chars > FETCH_CHARS ? fetched.splice(-1) : [];
  parts.mail.noteFetched(fetched.map((message) => ({ id: message.id, block: showMessage(message) })));
  parts.mail.handOver(apart);
  return describeFetched(fetched, { waiting, apart: apart.length });
}

/** Null when hived went away after some were fetched already: those are shown, the rest can wait. */
async function fetchOne(parts: ToolParts, before: number): Promise<OpOutput<typeof agentSurface.recv> | null> {
  try {
    return await patiently(() => parts.hive.call('recv', { limit: 1 }), { parts, repeatable: false });
  } catch (error) {
    // The connection broke before the answer: mail may have been leased to this turn that the model has not seen.
    if (mayHaveActed(error)) parts.mail.markUncertain();
    if (before > 0) return null;
    throw error;
  }
}

function describeError(error: unknown, server: ToolOperation['server']): string {
  if (isHiveAway(error))
    return `hive_unreachable: the ${server} does not answer right now. Try the same call again in a minute.`;
  if (isHiveBroken(error))
    return `internal: the ${server} broke on this call; it is up and takes others. Do not repeat it as it is: do it in another way, and tell the operator.`;
  if (error instanceof HiveError) return `${error.code}: ${error.message}${retryHint(error)}`;
  return `internal: ${error instanceof Error ? error.message : String(error)}`;
}

/** When to retry, where hived's details contain it and its sentence does not. */
function retryHint(error: HiveError): string {
  const afterMs = error.details?.['retryAfterMs'];
  if (typeof afterMs !== 'number' || /again in \d/i.test(error.message)) return '';
  return ` Try again in ${Math.ceil(afterMs / 1_000)} s.`;
}
