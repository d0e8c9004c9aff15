import { Badge, Group } from '@mantine/core';
import type { TablerIcon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import classes from './sidebar.module.css';

interface Props {
  href: string;
  icon?: TablerIcon;
  count?: number;
  /** The noun for `count`. */
  counted?: string;
  /** Reduces the height, for long lists. */
  dense?: boolean;
  children: ReactNode;
}

/** A link of the sidebar. */
export function Entry({ href, icon: Icon, count = 0, counted = '', dense = false, children }: Props) {
  const [location] = useLocation();
  return (
    <Link
      href={href}
      className={classes.entry ?? ''}
      data-dense={dense || undefined}
      aria-current={isAt(location, href) ? 'page' : undefined}
    >
      {Icon !== undefined && <Icon size={17} stroke={1.7} aria-hidden />}
      <Group component="span" gap={9} wrap="nowrap" flex={1} miw={0}>
        {children}
      </Group>
      {count > 0 && (
        <Badge size="sm" c="dark.9" circle={count < 10} aria-label={`${count} ${counted}`}>
          {count}
        </Badge>
      )}
    </Link>
  );
}

/** Whether a location is this path or below it. */
export function isAt(location: string, href: string): boolean {
  return href === '/' ? location === '/' : location === href || location.startsWith(`${href}/`);
}
