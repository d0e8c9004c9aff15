import type { Delivered } from '../../../protocol/schemas/message.ts';
import type { DriverPlace, TurnRequest } from '../driver.ts';

/** The wake for the program: one JSON object on one line of its input. Documented in docs/drivers.md. */
export function composeWake(place: DriverPlace, request: TurnRequest): Record<string, unknown> {
  const { agent, parent, spec } = place;
  return {
    type: 'wake',
    turn: request.turn,
    agent: { name: agent, role: spec.role, parent },
    messages: request.prompt.messages.map(showMessage),
    conversation: request.sessionId,
    prompt: request.prompt.text,
    instructions: place.systemPrompt,
    model: spec.model,
    state_dir: place.stateDir,
    mcp: { url: place.mcp.url, headers: { Authorization: `Bearer ${place.mcp.token}` } },
    gateway_url: place.gatewayUrl,
    forge_url: place.forgeUrl,
  };
}

/** The field names are those of the hive's tools. */
function showMessage(message: Delivered): Record<string, unknown> {
  const { id, thread, from, to, kind, priority, body, broadcast, copy, redelivered, data } = message;
  const at = new Date(message.at).toISOString();
  return {
    id,
    thread,
    in_reply_to: message.inReplyTo,
    from,
    to,
    kind,
    priority,
    body,
    at,
    broadcast,
    copy,
    redelivered,
    data,
  };
}
