import { IconMapQuestion } from '@tabler/icons-react';
import { Link } from 'wouter';
import { shorten } from '../../../../system/text/cut-text.ts';
import { EmptyState, Page, PageHead } from '../parts/page.tsx';

export function NotFoundPage() {
  return (
    <Page>
      <PageHead title="Nothing here" documentTitle="Nothing here" />
      <EmptyState icon={IconMapQuestion} title="This page does not exist">
        The address may be mistyped, or what it showed is gone.{' '}
        <Link href="/" className="text-link">
          To the fleet
        </Link>
      </EmptyState>
    </Page>
  );
}

export function UnknownAgent({ name }: { name: string }) {
  return (
    <Page>
      <PageHead title={shorten(name, 64)} documentTitle="Unknown agent" />
      <EmptyState icon={IconMapQuestion} title="There is no agent of that name">
        It may have been destroyed, or the name is mistyped.{' '}
        <Link href="/" className="text-link">
          To the fleet
        </Link>
      </EmptyState>
    </Page>
  );
}
