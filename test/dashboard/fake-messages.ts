import type { AgentName } from '../../protocol/names.ts';
import type { MessageView } from '../../protocol/schemas/message.ts';
import { fakeReceipt, handled } from './fake-receipts.ts';

const MINUTE = 60_000;
/** Markup that changes the page's title if it is ever interpreted. */
export const NASTY = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';

/** Notes between the operator and the fleet, among them one with markup. */
export function fakeMessages(now: number): MessageView[] {
  const at = (minutes: number) => now - minutes * MINUTE;
  const base = { kind: 'note' as const, inReplyTo: null, priority: null, turn: null, data: {} };
  return [
    {
      ...base,
      id: 101,
      thread: 101,
      from: 'operator',
      to: 'manager' as AgentName,
      body: 'Please get the importer ready for release 0.4.\n\nThe open points are in /shared/plan.md. Tell me when the parser survives empty input.',
      at: at(52),
      receipts: [handled('manager', at(52), 38)],
    },
    {
      ...base,
      id: 102,
      thread: 101,
      inReplyTo: 101,
      from: 'manager' as AgentName,
      to: 'coder' as AgentName,
      body: 'The parser test fails on empty input. Look at src/parser/read-header.ts first; it takes the first line for granted.',
      at: at(51),
      receipts: [handled('coder', at(51), 39)],
    },
    {
      ...base,
      id: 103,
      thread: 101,
      inReplyTo: 102,
      from: 'coder' as AgentName,
      to: 'manager' as AgentName,
      body: 'Found it: readHeader() reads lines[0] before it knows that there is one. Fix is on branch empty-input, 14 tests added.',
      at: at(33),
      receipts: [handled('manager', at(33), 40)],
    },
    {
      ...base,
      id: 104,
      thread: 101,
      inReplyTo: 101,
      from: 'manager' as AgentName,
      to: 'operator',
      body: 'The parser survives empty input now. The branch "empty-input" waits for the reviewer, who is parked by the rate limit for a few minutes. Shall I merge without a review?',
      at: at(6),
      receipts: [fakeReceipt('operator', at(6))],
    },
    {
      ...base,
      id: 105,
      thread: 105,
      from: 'manager' as AgentName,
      to: '*',
      body: 'Release 0.4 is planned for today. Finish what you have open and tell me what will not make it.',
      at: at(20),
      receipts: [
        handled('coder', at(20), 39),
        handled('scout', at(20), 35),
        fakeReceipt('reviewer', at(20)),
        handled('lint-bot', at(20), 36),
        fakeReceipt('translator', at(20), {
          state: 'dead',
          attempts: 3,
          turn: 37,
          leasedAt: at(15),
          endedAt: at(14),
          note: 'three turns ended without the provider taking the key',
        }),
      ],
    },
    {
      ...base,
      id: 106,
      thread: 106,
      from: 'system',
      to: 'coder' as AgentName,
      kind: 'system',
      body: 'You were rebuilt: generation 2. Your files, mailbox and session are as they were.',
      at: at(15),
      receipts: [handled('coder', at(15), 40)],
    },
    {
      ...base,
      id: 107,
      thread: 107,
      from: 'scout' as AgentName,
      to: 'operator',
      body: `The page at docs/old.html holds this, be careful: ${NASTY} \u001b[31mred\u001b[0m and [a link](javascript:alert(1))`,
      at: at(3),
      receipts: [fakeReceipt('operator', at(3))],
    },
    {
      ...base,
      id: 108,
      thread: 108,
      from: 'operator',
      to: 'coder' as AgentName,
      body: 'When you are done: bump the version in package.json.',
      at: at(1),
      receipts: [fakeReceipt('coder', at(1), { state: 'leased', attempts: 1, turn: 40, leasedAt: at(0.9) })],
    },
  ];
}
