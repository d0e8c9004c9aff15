import type { z } from 'zod';
import type { ErrorCode } from './errors.ts';

/** How an operation looks to an LLM: its MCP tool's name and description. Words cost tokens: be short. */
export interface ToolFace {
  readonly name: string;
  readonly description: string;
}

/**
 * One operation, declared once. Routes, typed clients, MCP tools, hivectl's output shapes and the
 * OpenAPI document all come from it.
 *
 * - `path` may hold `:params`; they, the query (GET) and the JSON body (others) are merged into
 *   one object that `input` parses. Inputs are strict objects.
 * - `errors` lists the codes a caller should expect beyond `invalid_input`, `internal` and
 *   `hive_unreachable`, which every operation may give.
 * - `stream: true`: the answer is `text/event-stream`; each event's data parses with `output`, its
 *   `id` is the event's sequence number.
 * - `carriesFile: true`: the body or the answer may be as large as a file; each caller has one such call
 *   at a time, the next ones wait.
 * - `cost`: what a call takes of an agent's allowance (200 units a second, 5,000 at once): about the milliseconds
 *   of hived's thread it may take, and more for what writes a row each time. Every operation of the agents' surface
 *   declares it; 0 is for operations with a rate of their own.
 */
export interface Op<In extends z.ZodType = z.ZodType, Out extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: `/${string}`;
  readonly summary: string;
  readonly input: In;
  readonly output: Out;
  readonly errors: readonly ErrorCode[];
  readonly stream?: true;
  readonly carriesFile?: true;
  readonly cost?: number;
  readonly tool?: ToolFace;
}

/** A named set of operations: what one surface serves. */
export type Surface = Readonly<Record<string, Op>>;

/** What a caller passes. */
export type OpInput<O extends Op> = z.input<O['input']>;
/** What a handler gets. */
export type OpParsed<O extends Op> = z.output<O['input']>;
/** What a handler returns and a caller receives. */
export type OpOutput<O extends Op> = z.output<O['output']>;

/** Declares an operation. A stream's type says that it is one, so that clients and handlers differ by it. */
export function op<const In extends z.ZodType, const Out extends z.ZodType>(
  declaration: Op<In, Out> & { readonly stream: true },
): Op<In, Out> & { readonly stream: true };
export function op<const In extends z.ZodType, const Out extends z.ZodType>(declaration: Op<In, Out>): Op<In, Out>;
export function op<const In extends z.ZodType, const Out extends z.ZodType>(declaration: Op<In, Out>): Op<In, Out> {
  return Object.freeze(declaration);
}
