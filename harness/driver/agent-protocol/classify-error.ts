import * as z from 'zod';
import { cutText } from '../../../system/text/cut-text.ts';
import type { Verdict } from '../driver.ts';
import { kindOfError, verdictOfKind } from '../kind-of-error.ts';

/** An error of the protocol. Programs put a provider's HTTP status into its code, its data or its message. */
const rpcError = z.object({ code: z.number(), message: z.string(), data: z.unknown().optional() });
const status = z.int().min(400).max(599);
const details = z.object({
  status: status.optional().catch(undefined),
  statusCode: status.optional().catch(undefined),
});
const AUTH_REQUIRED = -32_000;
const STATUS_IN_TEXT = /(?:"(?:code|status|statusCode)\\?":\s*|\bstatus(?: code)?:? |\bHTTP )([45]\d\d)\b/i;

/**
 * The verdict of a turn in which a program answered with an error. `refused`: the HTTP status of the provider's last
 * refusal, if the program told it beside the error.
 */
export function classifyError(error: unknown, refused: number | null = null): Verdict {
  const parsed = rpcError.safeParse(error);
  const reason = sayError(error);
  if (!parsed.success) return { kind: 'failed', reason, sessionSpent: false };
  const { code, data } = parsed.data;
  const text = textOf(parsed.data);
  const told = details.safeParse(data).data;
  const http = status.safeParse(code).data ?? told?.statusCode ?? told?.status ?? statusIn(text) ?? refused;
  return verdictOfKind(code === AUTH_REQUIRED ? 'login' : kindOfError(text, http), reason);
}

/** An error in the program's own words. */
export function sayError(error: unknown): string {
  const parsed = rpcError.safeParse(error);
  const own = error instanceof Error ? error.message : String(error);
  return cutText(parsed.success ? textOf(parsed.data) : own, 500).text;
}

function textOf({ message, data }: z.infer<typeof rpcError>): string {
  return data === undefined ? message : `${message} ${JSON.stringify(data)}`;
}

function statusIn(text: string): number | null {
  const digits = STATUS_IN_TEXT.exec(text)?.[1];
  return digits === undefined ? null : Number(digits);
}
