import { IconFlask2 } from '@tabler/icons-react';
import { useIsDemo } from '../data/queries.ts';
import { CopyCommand } from './copy-command.tsx';
import classes from './demo-notice.module.css';

/** While no key is set a script answers for the model; nobody should take its words for a model's. */
export function DemoNotice() {
  if (!useIsDemo()) return null;
  return (
    <section className={classes.notice} aria-label="Demo model">
      <IconFlask2 size={18} stroke={1.7} aria-hidden />
      <div className={classes.text}>
        <b>Demo model: scripted, no key set.</b> Agents answer from a script until a provider has a key:
      </div>
      <CopyCommand command="npx hivectl provider set anthropic" />
    </section>
  );
}
