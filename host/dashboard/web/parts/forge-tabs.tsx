import { Tabs } from '@mantine/core';
import { useLocation } from 'wouter';
import classes from './messages-head.module.css';

const PAGES = { repos: '/forge', pulls: '/forge/pulls' } as const;

/** The tabs of the pages about the forge. */
export function ForgeTabs({ page }: { page: keyof typeof PAGES }) {
  const [, go] = useLocation();
  return (
    <Tabs
      value={page}
      onChange={(value) => go(PAGES[value as keyof typeof PAGES])}
      aria-label="Pages of the forge"
      className={classes.tabs ?? ''}
    >
      <Tabs.List>
        <Tabs.Tab value="repos">Repositories</Tabs.Tab>
        <Tabs.Tab value="pulls">Pull requests</Tabs.Tab>
      </Tabs.List>
    </Tabs>
  );
}
