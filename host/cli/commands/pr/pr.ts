import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { addPullChanges } from './change-pull.ts';
import { addPullCheckout } from './checkout-pull.ts';
import { addPullList } from './list-pulls.ts';
import { addPullMoves } from './move-pull.ts';
import { addPullQueue } from './list-queue.ts';
import { addPullShow } from './show-pull.ts';

export function addPullCommands(program: Command, context: CliContext): void {
  const pr = program.command('pr').description('pull requests: branches that agents want to merge');
  addPullList(pr, context);
  addPullShow(pr, context);
  addPullChanges(pr, context);
  addPullMoves(pr, context);
  addPullQueue(pr, context);
  addPullCheckout(pr, context);
}
