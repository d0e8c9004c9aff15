import { type Op, type Surface, surfaceFor } from '../../protocol/op.ts';
import { operatorSurface } from '../../protocol/operations/operator.ts';
import { forgeOperations } from '../../protocol/operations/services.ts';

/** The forge's operations for the operator, as the forge declares them. */
export const forgeForOperator = surfaceFor(forgeOperations, 'operator');

/** The same operations at the paths that the browser uses: the forge's `/api/repos` is the dashboard's `/api/forge/repos`. */
export const browserForge = Object.freeze(
  Object.fromEntries(
    Object.entries<Op>(forgeForOperator).map(([name, op]) => [name, { ...op, path: forgePath(op.path) }]),
  ),
) as typeof forgeForOperator;

/** All operations that the page may call, by name. Paths are below /api. */
export type BrowserOperations = typeof operatorSurface & typeof forgeForOperator;
export const browserOperations: Surface & BrowserOperations = { ...operatorSurface, ...browserForge };

function forgePath(path: Op['path']): Op['path'] {
  return `/forge${path.replace(/^\/api/, '')}`;
}
