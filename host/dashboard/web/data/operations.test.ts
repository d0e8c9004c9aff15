import { expect, test } from 'vitest';
import { operatorSurface } from '../../../../protocol/operations/operator.ts';
import { OPERATIONS, type OperationName } from './operations.ts';

test('the page asks where the operations are declared', () => {
  for (const [name, address] of Object.entries(OPERATIONS)) {
    const { method, path } = operatorSurface[name as OperationName];
    expect(address, name).toEqual({ method, path });
  }
});
