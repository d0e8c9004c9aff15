import type * as z from 'zod';
import type { ErrorCode } from './errors.ts';

/** An operation's MCP tool for an LLM: name and description. Each word costs tokens: be short. */
export interface ToolFace {
  readonly name: string;
  readonly description: string;
  /** Fields that a call may have and that are not listed: rarely needed, or what the harness gives by itself. */
  readonly unlisted?: readonly string[];
  /** Who has it; default: every agent. Other agents neither see nor pay for it. */
  readonly for?: 'members of projects';
}

/**
 * The callers of an operation. Each socket serves the operations of its callers' audiences and no others:
 *
 * - `agent`: one agent, on its own socket (its harness, and through the tools its LLM);
 * - `operator`: a person, on the page or with `hivectl`;
 * - `admin`: a person, with `hivectl` only;
 * - `dashboard`, `gateway`, `hived`: that process, for its own work.
 */
export type Audience = 'agent' | 'operator' | 'admin' | 'dashboard' | 'gateway' | 'hived';

/**
 * Whether a caller may repeat a call whose answer was lost:
 *
 * - `true`: the call is idempotent;
 * - `'with_key'`: yes, as long as both calls carry the same `key`;
 * - `'when_listing'`: only with the `action` "list", which is the default one;
 * - undefined: a GET may be repeated, no other call may.
 */
export type Repeatable = true | 'with_key' | 'when_listing';

/**
 * One operation, declared once. Routes, typed clients, MCP tools, hivectl's output shapes and the OpenAPI document are
 * all derived from it.
 *
 * - `path` may contain `:params`; they, the query (GET) and the JSON body (others) are merged into
 *   one object that `input` parses. Inputs are strict objects.
 * - `errors` lists the codes a caller should expect beyond `invalid_input`, `internal` and
 *   `hive_unreachable`, which every operation may give.
 * - `stream: true`: the answer is `text/event-stream`; each event's data parses with `output`, its
 *   `id` is the event's sequence number.
 * - `carriesFile: true`: the body or the answer may be as large as a file; each caller has one such call
 *   at a time, the next ones wait.
 * - `takesSecret: true`: the input holds a secret to keep or to check; in every other input, hived replaces secrets by
 *   their names.
 * - `cost`: the units that a call takes from an agent's allowance (200 units a second, 5,000 at once): about the
 *   milliseconds of hived's thread that it may take, and more for calls that write a row each time. Every operation
 *   for agents declares it; 0 is for operations with a rate limit of their own.
 */
export interface Op<
  In extends z.ZodType = z.ZodType,
  Out extends z.ZodType = z.ZodType,
  For extends Audience = Audience,
> {
  readonly name: string;
  readonly audiences: readonly For[];
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: `/${string}`;
  readonly summary: string;
  readonly input: In;
  readonly output: Out;
  readonly errors: readonly ErrorCode[];
  readonly stream?: true;
  readonly carriesFile?: true;
  readonly takesSecret?: true;
  readonly cost?: number;
  readonly repeatable?: Repeatable;
  readonly tool?: ToolFace;
}

/** A named set of operations: what one surface serves. */
export type Surface = Readonly<Record<string, Op>>;

/** The type of a caller's input. */
export type OpInput<O extends Op> = z.input<O['input']>;
/** The type of a handler's input. */
export type OpParsed<O extends Op> = z.output<O['input']>;
/** The type of a handler's result and of a caller's answer. */
export type OpOutput<O extends Op> = z.output<O['output']>;

/** Declares an operation. The type of a stream operation says so, so that clients and handlers can distinguish it. */
export function op<const In extends z.ZodType, const Out extends z.ZodType, const For extends Audience>(
  declaration: Op<In, Out, For> & { readonly stream: true },
): Op<In, Out, For> & { readonly stream: true };
export function op<const In extends z.ZodType, const Out extends z.ZodType, const For extends Audience>(
  declaration: Op<In, Out, For>,
): Op<In, Out, For>;
export function op<const In extends z.ZodType, const Out extends z.ZodType, const For extends Audience>(
  declaration: Op<In, Out, For>,
): Op<In, Out, For> {
  return Object.freeze(declaration);
}

/** The operations of a table that are for one of the audiences. */
export type SurfaceFor<Table extends Surface, A extends Audience> = {
  readonly [K in keyof Table as Extract<Table[K]['audiences'][number], A> extends never ? never : K]: Table[K];
};

/** Picks the operations that are for one of the audiences: those that a socket serves, and that its client may call. */
export function surfaceFor<const Table extends Surface, const A extends Audience>(
  table: Table,
  ...audiences: A[]
): SurfaceFor<Table, A> {
  const wanted = (one: Op) => one.audiences.some((audience) => (audiences as Audience[]).includes(audience));
  return Object.freeze(Object.fromEntries(Object.entries(table).filter(([, one]) => wanted(one)))) as SurfaceFor<
    Table,
    A
  >;
}

/** Whether a call with this input may be repeated when its answer was lost. */
export function isRepeatable(one: Op, input: Readonly<Record<string, unknown>>): boolean {
  if (one.repeatable === 'with_key') return input['key'] !== undefined;
  if (one.repeatable === 'when_listing') return (input['action'] ?? 'list') === 'list';
  return one.repeatable ?? one.method === 'GET';
}
