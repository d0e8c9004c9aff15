import { DEMO } from '../../protocol/providers.ts';
import { type AskDeps, tellLimit } from './ask-provider.ts';
import { type Answer, type Call, refusal, targetOf, tooLarge } from './call.ts';
import { answerDemo } from './demo/answer-demo.ts';

/** The demo model's answer, in the provider's place. */
export async function askDemo(
  call: Call,
  deps: Pick<AskDeps, 'limitReports' | 'now'> & { demoBodyBytes: number },
  body: Buffer,
): Promise<Answer> {
  const { kind, signal, outcome } = call;
  const { protocol } = kind;
  if (body.length > deps.demoBodyBytes) return tooLarge(protocol, deps.demoBodyBytes);
  outcome.answerer = DEMO;
  try {
    const answer = await answerDemo({ protocol, target: targetOf(call), body }, signal);
    outcome.tally = () => answer.tally;
    outcome.soFar = outcome.tally;
    const { status, headers } = answer;
    const failed = { status, headers, body: typeof answer.body === 'string' ? answer.body : '' };
    const limit = status < 400 ? null : protocol.readLimit(failed, deps.now());
    if (limit !== null) await tellLimit(call, deps, limit);
    return answer;
  } catch (error) {
    if (signal.aborted) return refusal(protocol, 408, 'The request broke off.');
    throw error;
  }
}
