import { HiveError } from '../../protocol/errors.ts';
import type { FactMail } from '../../protocol/schemas/forge-fact.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import type { Pull } from '../store/pulls.ts';
import type { Repository } from '../store/repositories.ts';
import { nameOfPull, namePerson, notify, quote } from './notify.ts';
import { mayReview } from './pull-repository.ts';

/** Throws `forbidden` with those who may not review in this repository. */
export function assertReviewers(
  core: Pick<ForgeCore, 'owners'>,
  repository: Repository,
  names: readonly string[],
): void {
  const others = names.filter((name) => !mayReview(core, repository, name));
  if (others.length > 0)
    throw new HiveError(
      'forbidden',
      `${others.join(' and ')} may not review in ${repository.owner}/${repository.name}. Name others as reviewers.`,
    );
}

/** The notices that ask for a review. */
export function wantReviews(
  repository: Repository,
  pull: Pick<Pull, 'number' | 'title' | 'head' | 'base' | 'headOid'>,
  { people, by }: { people: readonly string[]; by: string },
): FactMail[] {
  const body = [
    `${namePerson(by)} asks you to review ${nameOfPull(repository, pull)}: `,
    quote(pull.title),
    `. It merges `,
    quote(pull.head),
    ' into ',
    quote(pull.base),
    `; its newest commit is ${pull.headOid}.`,
  ];
  return notify(people, by, { body });
}
