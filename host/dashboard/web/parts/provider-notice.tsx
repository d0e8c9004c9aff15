import { IconFlask2, IconKeyOff } from '@tabler/icons-react';
import { useStatus } from '../data/queries.ts';
import { CopyCommand } from './copy-command.tsx';
import classes from './provider-notice.module.css';

/**
 * Says why no model answers: a script does while no key was ever set (nobody should take its words for a model's), none
 * is set any more, or the provider refuses it. The command next to it is the cure.
 */
export function ProviderNotice() {
  const provider = useStatus().data?.provider;
  if (provider === undefined) return null;
  const { name, refused } = provider;
  if (refused !== null)
    return (
      <section className={classes.notice} data-trouble aria-label="Model provider">
        <IconKeyOff size={18} stroke={1.7} aria-hidden />
        <div className={classes.text}>
          <b>
            {name} refuses the key ({refused.status}).
          </b>{' '}
          Agents that need the model wait, and so does their mail. Set another key:
        </div>
        <CopyCommand command={`npx hivectl provider set ${name}`} />
      </section>
    );
  if (name === 'none')
    return (
      <section className={classes.notice} data-trouble aria-label="Model provider">
        <IconKeyOff size={18} stroke={1.7} aria-hidden />
        <div className={classes.text}>
          <b>No key is set.</b> Agents wait, and so does their mail, until there is one:
        </div>
        <CopyCommand command="npx hivectl provider set anthropic" />
      </section>
    );
  if (name !== 'demo') return null;
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
