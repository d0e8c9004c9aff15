import type { Module } from '../../core/module.ts';
import { type ChecksDeps, runChecks } from './run-checks.ts';

/** The forge's checks, carried out in boxes of their own. */
export function checksModule(deps: ChecksDeps) {
  return {
    name: 'checks',
    run: (signal, onError) => runChecks(deps, signal, onError),
  } satisfies Module;
}
