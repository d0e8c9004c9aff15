import { type AskedWay, bad } from '../judge-test.ts';
import { loginProtocolOf } from '../protocols/protocols.ts';
import { testProvider } from '../test-provider.ts';
import type { KeptLogin } from './keep-login.ts';

/** The whole test of a login, with a renewal if one is due. */
const TEST_MS = 60_000;

/** Makes the free call with a login's access token, which is renewed before or after a 401 as for any other call. */
export async function testLogin(
  login: KeptLogin,
  asked: Parameters<typeof testProvider>[0],
  way: AskedWay,
): ReturnType<typeof testProvider> {
  const { protocol, face } = loginProtocolOf(way.kind);
  const ofLogin = { ...way, protocol: { ...protocol, probe: { ...protocol.probe, ...face.probe } } };
  const signal = AbortSignal.timeout(TEST_MS);
  const readiness = await login.ready(signal);
  if (readiness.is !== 'ready') return sayUnready(readiness.is === 'wait', way);
  const used = login.key;
  const first = await testProvider(asked, ofLogin);
  if (first.answer?.refusal !== 'refused' || (await login.reject(used, signal)).is !== 'ready') return first;
  return testProvider(asked, ofLogin);
}

function sayUnready(isWaiting: boolean, { provider }: AskedWay): Awaited<ReturnType<typeof testProvider>> {
  const result = isWaiting
    ? bad('provider', 'The login cannot be renewed now.', 'Agents wait and try again by themselves.')
    : bad(
        'key',
        'The login has ended.',
        'Log in again and import it.',
        `hivectl provider set ${provider} --login FILE`,
      );
  return { result, answer: null };
}
