import { Link } from 'wouter';
import type { PullView } from '../../../../protocol/schemas/pull.ts';
import { formatName } from '../data/plain-text.ts';
import { pullPath } from '../data/pull-view.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { Avatar } from './avatar.tsx';
import { LabelChips } from './label-chip.tsx';
import { Ago } from './now.tsx';
import { Branches, PullState } from './pull-state.tsx';
import classes from './pulls.module.css';

/** A pull request in a list. */
export function PullRow({ pull }: { pull: PullView }) {
  return (
    <li>
      <Link href={pullPath(pull)} className={classes.row ?? ''}>
        <Avatar name={pull.author} />
        <span className={classes.what}>
          <span className={classes.title}>{showHiddenLine(pull.title)}</span>
          <span className={classes.about}>
            <span>
              {pull.owner}/{pull.name}#{pull.number}
            </span>
            <span>by {showHiddenLine(formatName(pull.author))}</span>
            <Branches pull={pull} />
            <LabelChips labels={pull.labels} />
          </span>
        </span>
        <span className={classes.end}>
          <PullState pull={pull} />
          <Ago at={pull.endedAt ?? pull.updatedAt} />
        </span>
      </Link>
    </li>
  );
}
