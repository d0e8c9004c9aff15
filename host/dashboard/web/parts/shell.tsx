import { AppShell, Burger, Group } from '@mantine/core';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { ConnectionBanner } from './connection-banner.tsx';
import { Logo } from './logo.tsx';
import { Sidebar } from './sidebar.tsx';
import classes from './shell.module.css';

/** The layout around every page: the navigation on the left (behind a button on a phone), the page beside it. */
export function Shell({ children, onSignedOut }: { children: ReactNode; onSignedOut: () => void }) {
  const [location] = useLocation();
  // The location at which the drawer was opened: navigating elsewhere closes it.
  const [openedAt, setOpenedAt] = useState<string | null>(null);
  const opened = openedAt === location;
  useFocusHeading(location);
  return (
    <>
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <AppShell
        header={{ height: { base: 52, sm: 0 } }}
        navbar={{ width: 236, breakpoint: 'sm', collapsed: { mobile: !opened } }}
        padding={0}
      >
        <AppShell.Header hiddenFrom="sm" className={classes.header}>
          <Group h="100%" px="md" justify="space-between">
            <Link href="/" className="quiet-link" aria-label="Hyperhive, to the fleet">
              <Logo />
            </Link>
            <Burger
              opened={opened}
              onClick={() => setOpenedAt(opened ? null : location)}
              size="sm"
              aria-label={opened ? 'Close navigation' : 'Open navigation'}
            />
          </Group>
        </AppShell.Header>
        <AppShell.Navbar className={classes.navbar} aria-label="Main">
          <Sidebar onSignedOut={onSignedOut} />
        </AppShell.Navbar>
        <AppShell.Main id="main" tabIndex={-1} className={classes.main}>
          <ConnectionBanner />
          <div className={classes.content}>{children}</div>
        </AppShell.Main>
      </AppShell>
    </>
  );
}

/** Moves the keyboard focus to the heading after navigating to another page. */
function useFocusHeading(location: string): void {
  const page = location.split('/').slice(0, 3).join('/');
  const previous = useRef(page);
  useEffect(() => {
    if (previous.current === page) return;
    previous.current = page;
    document.querySelector('h1')?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [page]);
}
