const REASON = 'Nobody is there to ask; go on without it.';

/**
 * The answer to a request of the CLI, at once: without one it would wait, and no person sees it. Whatever asks a person gets "no"; the time is told.
 * Null: a request for which the protocol has no such answer, so it gets an error.
 */
export function refuse(method: string, nowMs: number): object | null {
  switch (method) {
    case 'item/commandExecution/requestApproval':
    case 'item/fileChange/requestApproval':
      return { decision: 'decline' };
    case 'execCommandApproval':
    case 'applyPatchApproval':
      return { decision: { denied: { rejection: REASON } } };
    case 'mcpServer/elicitation/request':
      return { action: 'decline', content: null, _meta: null };
    case 'item/permissions/requestApproval':
      return { permissions: {}, scope: 'turn' };
    case 'item/tool/requestUserInput':
      return { answers: {} };
    case 'item/tool/call':
      return { contentItems: [{ type: 'inputText', text: REASON }], success: false };
    case 'currentTime/read':
      return { currentTimeAt: Math.floor(nowMs / 1_000) };
    default:
      return null;
  }
}
