import type { AudienceHandlers, Module } from './module.ts';

/** The union of the handlers that a list of modules has for one audience. */
type Part<L extends readonly Module[], A extends keyof AudienceHandlers> = Intersection<PartOf<L[number], A>>;
type PartOf<M, A extends keyof AudienceHandlers> = M extends { readonly handlers: { readonly [K in A]: infer H } }
  ? H
  : never;
type Intersection<U> = (U extends unknown ? (each: U) => void : never) extends (all: infer I) => void ? I : never;

/** The handlers of all modules, by the surface that serves them. */
export interface ComposedHandlers<L extends readonly Module[]> {
  agent: Part<L, 'agent'>;
  admin: Part<L, 'operator'> & Part<L, 'admin'>;
  dashboard: Part<L, 'operator'> & Part<L, 'dashboard'>;
  gateway: Part<L, 'gateway'>;
}

/**
 * Merges the handlers of all modules. The types list the operations, so that a surface that lacks one does not
 * compile; throws when two modules handle the same operation for one audience.
 */
export function composeHandlers<const L extends readonly Module[]>(modules: L): ComposedHandlers<L> {
  const merge = (...audiences: (keyof AudienceHandlers)[]) => {
    const merged: Record<string, unknown> = {};
    for (const { name: module, handlers } of modules)
      for (const audience of audiences)
        for (const [name, handler] of Object.entries(handlers?.[audience] ?? {})) {
          if (Object.hasOwn(merged, name)) throw new Error(`${module} answers ${name}, as another module does`);
          merged[name] = handler;
        }
    return merged;
  };
  return {
    agent: merge('agent'),
    admin: merge('operator', 'admin'),
    dashboard: merge('operator', 'dashboard'),
    gateway: merge('gateway'),
  } as unknown as ComposedHandlers<L>;
}
