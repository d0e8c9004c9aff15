import type { Route, Target } from '../protocol.ts';

const MODELS = '/v1beta/models';

/** A method of a model, which stands behind its name: `/v1beta/models/NAME:generateContent`. */
function method(name: string, rest: Pick<Route, 'kind' | 'demo'>): Route {
  return {
    method: 'POST',
    path: `${MODELS}/{model}:${name}`,
    upstreamPath: (target) =>
      withQuery(`${MODELS}/${encodeURIComponent(modelOf(target))}:${name}`, target.query, { alt: /^sse$/ }),
    ...rest,
  };
}

/** The routes of the API, given the demo model's answers on free ones. */
export function listRoutes(demo: { countTokens: Route['demo']; listModels: Route['demo'] }): readonly Route[] {
  return [
    method('generateContent', { kind: 'answer' }),
    method(STREAM, { kind: 'answer' }),
    method('countTokens', { kind: 'free', ...(demo.countTokens === undefined ? {} : { demo: demo.countTokens }) }),
    {
      method: 'GET',
      path: MODELS,
      upstreamPath: ({ query }) => withQuery(MODELS, query, { pageSize: /^\d{1,4}$/, pageToken: /^[\w=-]{1,512}$/ }),
      kind: 'free',
      ...(demo.listModels === undefined ? {} : { demo: demo.listModels }),
    },
  ];
}

const STREAM = 'streamGenerateContent';

export function modelOf({ params }: Target): string {
  return params['model'] ?? '';
}

export function isStream({ route }: Target): boolean {
  return route.path.endsWith(`:${STREAM}`);
}

/** Whether a stream is asked for as server-sent events; else it is a JSON array. */
export function wantsEvents({ query }: Target): boolean {
  return query['alt'] === 'sse';
}

/** Only known parameters with fitting values are passed on: a box's `key` is not. */
function withQuery(
  path: string,
  query: Readonly<Record<string, unknown>>,
  known: Readonly<Record<string, RegExp>>,
): string {
  const kept = Object.entries(known).flatMap(([name, form]) => {
    const value = query[name];
    return typeof value === 'string' && form.test(value) ? [`${name}=${encodeURIComponent(value)}`] : [];
  });
  return kept.length === 0 ? path : `${path}?${kept.join('&')}`;
}
