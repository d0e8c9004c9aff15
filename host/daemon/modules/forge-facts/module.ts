import type { Module } from '../../core/module.ts';
import { type ForgeFactsDeps, pumpForgeFacts } from './forge-facts.ts';

/** What the forge tells: its facts as events, and the mail that they carry. */
export function forgeFactsModule(deps: ForgeFactsDeps) {
  return {
    name: 'forge-facts',
    run: (signal, onError) => pumpForgeFacts({ ...deps, onError }, signal),
  } satisfies Module;
}
