import { createHmac } from 'node:crypto';

/** The headers of a call: what happened, and a signature over the body, in the forms of Gitea and GitHub. */
export function headersOf(call: {
  id: string;
  event: string;
  type: string;
  secret: string;
  body: string;
}): Record<string, string> {
  const { id, event, type, secret, body } = call;
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  return {
    'content-type': 'application/json',
    'user-agent': 'Hyperhive',
    'x-gitea-delivery': id,
    'x-gitea-event': event,
    'x-gitea-event-type': type,
    'x-gitea-signature': signature,
    'x-github-delivery': id,
    'x-github-event': event,
    'x-hub-signature-256': `sha256=${signature}`,
  };
}
