import { IconCircle, IconCircleCheck, IconCircleDashed, IconCircleMinus, type TablerIcon } from '@tabler/icons-react';
import type { TodoState } from '../../../../protocol/schemas/work-events.ts';
import { oneLine } from '../data/plain-text.ts';
import type { Todos } from '../data/transcript-rows.ts';
import { Marked } from './marked.tsx';
import classes from './todo-list.module.css';

const ICONS: Readonly<Record<TodoState, { icon: TablerIcon; label: string }>> = {
  done: { icon: IconCircleCheck, label: 'done' },
  in_progress: { icon: IconCircleDashed, label: 'in progress' },
  pending: { icon: IconCircle, label: 'to do' },
  dropped: { icon: IconCircleMinus, label: 'dropped' },
};

/** The agent's list of what it is about to do. */
export function TodoList({ todos: { items, truncated } }: { todos: Todos }) {
  return (
    <ul className={classes.list} aria-label="To do">
      {items.map(({ text, state }, index) => {
        const { icon: Icon, label } = ICONS[state];
        return (
          <li key={index} data-state={state}>
            <Icon size={15} stroke={1.8} aria-label={label} />
            <span>
              <Marked text={oneLine(text)} />
            </span>
          </li>
        );
      })}
      {truncated && <li className={classes.rest}>The list is longer; the hive kept only this much of it.</li>}
    </ul>
  );
}
