import * as z from 'zod';
import { type ErrorCode, HiveError } from '../protocol/errors.ts';
import type { Op, OpOutput, OpParsed, Surface } from '../protocol/op.ts';
import { shorten } from '../system/text/cut-text.ts';

/** Context of a call, beside its input. */
export interface CallContext<Caller> {
  /** The caller, known from the socket on which the request arrived. */
  caller: Caller;
  /** Aborts when the caller disconnects or cancels the call. */
  signal: AbortSignal;
  /** The last event that the caller received, for streams that it resumes. */
  lastEventId: number | null;
}

type Handler<O extends Op, Caller> = O extends { stream: true }
  ? (input: OpParsed<O>, context: CallContext<Caller>) => AsyncIterable<OpOutput<O> & { seq: number }>
  : (input: OpParsed<O>, context: CallContext<Caller>) => Promise<OpOutput<O>> | OpOutput<O>;

/** One handler per declared operation; a missing or extra one does not compile. */
export type Handlers<S extends Surface, Caller> = { [K in keyof S]: Handler<S[K], Caller> };

/** An operation with its handler, independent of the transport. */
export interface BoundOperation<Caller> {
  readonly op: Op;
  /** Parses the input and calls the handler. Throws (or rejects with) the handler's error, or an `inputError`. */
  run(given: unknown, context: CallContext<Caller>): unknown;
}

/** Changes a caller's input before it is parsed; an error is the answer. */
export type CleanInput<Caller> = (op: Op, given: unknown, context: CallContext<Caller>) => unknown;

/** What a surface does with each call, beside its handler. */
export interface CallHooks<Caller> {
  readonly admit?: Admit<Caller>;
  readonly clean?: CleanInput<Caller>;
}

/** Runs before each operation: undefined admits a call, a promise when it resolves; an error is the answer. */
export type Admit<Caller> = (op: Op, context: CallContext<Caller>) => Promise<void> | undefined;

/**
 * A surface's operations by name, each with its handler. `admit` and then `clean` run before the input is parsed. Throws when an
 * operation has no handler or a handler no declaration, so that a process with a partial surface does not start.
 */
export function bindSurface<S extends Surface, Caller>(
  surface: S,
  handlers: Handlers<S, Caller>,
  { admit, clean = (_op, given) => given }: CallHooks<Caller> = {},
): ReadonlyMap<string, BoundOperation<Caller>> {
  for (const name of Object.keys(handlers))
    if (!Object.hasOwn(surface, name)) throw new Error(`handler without a declared operation: ${name}`);
  const bound = new Map<string, BoundOperation<Caller>>();
  for (const [name, op] of Object.entries(surface)) {
    const handler = handlers[name] as ((input: unknown, context: CallContext<Caller>) => unknown) | undefined;
    if (handler === undefined) throw new Error(`declared operation without a handler: ${name}`);
    bound.set(name, {
      op,
      run(given, context) {
        const wait = admit?.(op, context);
        const handle = () => handler(parseInput(op, clean(op, given, context)), context);
        return wait === undefined ? handle() : wait.then(handle);
      },
    });
  }
  return bound;
}

function parseInput(op: Op, given: unknown): unknown {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new HiveError('invalid_input', 'The input must be a JSON object.');
  refuseBulk(given);
  const result = op.input.safeParse(given);
  if (result.success) return result.data;
  throw inputError(result.error, op.errors);
}

/** Far above any real input; the parser names every unknown key, which takes long for many. */
const MOST_KEYS = 200;
const MOST_VALUES = 20_000;

/**
 * Refuses input that is too large to be parsed and reported on: an error for invalid input must not cost more than
 * reading it.
 */
function refuseBulk(given: object): void {
  let values = 0;
  const open: object[] = [given];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const inner: unknown[] = Array.isArray(next) ? next : Object.values(next);
    if (inner !== next && inner.length > MOST_KEYS)
      throw new HiveError(
        'invalid_input',
        `An object of the input has ${inner.length} keys; ${MOST_KEYS} are allowed.`,
      );
    values += inner.length;
    if (values > MOST_VALUES)
      throw new HiveError('invalid_input', `The input holds more than the ${MOST_VALUES} values that are allowed.`);
    for (const value of inner) if (typeof value === 'object' && value !== null) open.push(value);
  }
}

/** Keeps the error for invalid input readable, whatever the input's size. */
const MOST_ISSUES = 8;
const MOST_ISSUE_CHARS = 300;

/** One sentence for a failed parse, naming each field; an issue may carry its own code in `params.hiveCode`. */
export function inputError(error: z.ZodError, allowed: readonly ErrorCode[] = []): HiveError {
  const sentences = error.issues.slice(0, MOST_ISSUES).map((issue) => {
    const where = issue.path.join('.');
    return cut(where === '' ? issue.message : `${where}: ${issue.message}`);
  });
  const more = error.issues.length - sentences.length;
  if (more > 0) sentences.push(`and ${more} more`);
  const special = error.issues
    .map((issue) => (issue.code === 'custom' ? (issue.params?.['hiveCode'] as ErrorCode | undefined) : undefined))
    .find((code) => code !== undefined && allowed.includes(code));
  return new HiveError(special ?? 'invalid_input', `${sentences.join('; ')}.`, {
    details: {
      issues: error.issues
        .slice(0, MOST_ISSUES)
        .map((issue) => ({ path: issue.path.map((step) => cut(String(step))), message: cut(issue.message) })),
    },
  });
}

function cut(text: string): string {
  return shorten(text, MOST_ISSUE_CHARS);
}

/** The error that a caller gets: a HiveError unchanged, else `internal` without the original text. */
export function toHiveError(error: unknown): HiveError {
  if (error instanceof HiveError) return error;
  if (error instanceof z.ZodError)
    return new HiveError('internal', 'An answer did not fit its declaration.', { cause: error });
  return new HiveError('internal', undefined, { cause: error });
}
