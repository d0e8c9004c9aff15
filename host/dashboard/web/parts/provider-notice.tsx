import { IconFlask2, IconKeyOff } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { DEFAULT_PROVIDER, DEMO } from '../../../../protocol/providers.ts';
import { Link } from 'wouter';
import { useStatus } from '../data/queries.ts';
import { CopyCommand } from './copy-command.tsx';
import classes from './provider-notice.module.css';

/**
 * Warns when no model answers: the demo script does while no key was ever set (its texts must not be mistaken for a
 * model's), a key was removed, or a provider refuses the key. Each notice has the command that solves it. The hive's
 * default provider comes first.
 */
export function ProviderNotice() {
  const status = useStatus().data;
  if (status === undefined) return null;
  const { provider: usual, defaultProvider = DEFAULT_PROVIDER, providers = {} } = status;
  const others = Object.entries(providers).filter(([name]) => name !== defaultProvider);
  return (
    <>
      {[[defaultProvider, usual] as const, ...others].map(([name, view]) => {
        if (view.refused !== null) return <KeyRefused key={name} provider={name} status={view.refused.status} />;
        if (view.name === 'none') return <KeyMissing key={name} provider={name} isDefault={name === defaultProvider} />;
        if (view.name !== DEMO || name !== defaultProvider) return null;
        return <DemoAnswers key={name} provider={name} />;
      })}
    </>
  );
}

function KeyRefused({ provider, status }: { provider: string; status: number }) {
  return (
    <Trouble provider={provider}>
      <b>
        {provider} refuses the key ({status}).
      </b>{' '}
      Agents that need the model wait, and so does their mail. <SetKey>Set another key</SetKey>, or:
    </Trouble>
  );
}

function KeyMissing({ provider, isDefault }: { provider: string; isDefault: boolean }) {
  return (
    <Trouble provider={provider}>
      <b>{isDefault ? 'No key is set.' : `No key is set for ${provider}.`}</b> Agents wait, and so does their mail.{' '}
      <SetKey>Set one</SetKey>, or:
    </Trouble>
  );
}

function Trouble({ provider, children }: { provider: string; children: ReactNode }) {
  return (
    <section className={classes.notice} data-trouble aria-label="Model provider">
      <IconKeyOff size={18} stroke={1.7} aria-hidden />
      <div className={classes.text}>{children}</div>
      <CopyCommand command={`npx hivectl provider set ${provider}`} />
    </section>
  );
}

function DemoAnswers({ provider }: { provider: string }) {
  return (
    <section className={classes.notice} aria-label="Demo model">
      <IconFlask2 size={18} stroke={1.7} aria-hidden />
      <div className={classes.text}>
        <b>Demo model: scripted, no key set.</b> Agents answer from a script. <SetKey>Set a key</SetKey>, or:
      </div>
      <CopyCommand command={`npx hivectl provider set ${provider}`} />
    </section>
  );
}

function SetKey({ children }: { children: ReactNode }) {
  return (
    <Link href="/gateway" className="text-link">
      {children}
    </Link>
  );
}
