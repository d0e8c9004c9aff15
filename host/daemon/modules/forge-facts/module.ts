import type { Module } from '../../core/module.ts';
import { type ForgeFactsDeps, pumpForgeFacts } from './forge-facts.ts';

/** The forge's reports: its facts as events, and the mail that belongs to them. */
export function forgeFactsModule(deps: ForgeFactsDeps) {
  return {
    name: 'forge-facts',
    run: (signal, onError) => pumpForgeFacts({ ...deps, onError }, signal),
  } satisfies Module;
}
