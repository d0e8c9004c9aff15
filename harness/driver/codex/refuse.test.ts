import { expect, test } from 'vitest';
import { refuse } from './refuse.ts';

test.each([
  ['item/commandExecution/requestApproval', { decision: 'decline' }],
  ['item/fileChange/requestApproval', { decision: 'decline' }],
  ['execCommandApproval', { decision: { denied: expect.anything() } }],
  ['applyPatchApproval', { decision: { denied: expect.anything() } }],
  ['mcpServer/elicitation/request', { action: 'decline', content: null }],
  ['item/permissions/requestApproval', { permissions: {}, scope: 'turn' }],
  ['item/tool/requestUserInput', { answers: {} }],
  ['item/tool/call', { success: false }],
  ['currentTime/read', { currentTimeAt: 12 }],
])('%s is answered "no"', (method, answer) => {
  expect(refuse(method, 12_900)).toMatchObject(answer);
});

test.each(['account/chatgptAuthTokens/refresh', 'attestation/generate', 'brand/new'])('%s gets an error', (method) => {
  expect(refuse(method, 0)).toBeNull();
});
