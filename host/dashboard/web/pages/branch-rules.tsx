import { Button, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconShieldCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { HiveError } from '../../../../protocol/errors.ts';
import type { BranchRule } from '../../../../protocol/schemas/pull.ts';
import { useChange } from '../data/mutations.ts';
import { useBranchRules } from '../data/pull-queries.ts';
import { sayRule } from '../data/say-branch-rule.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { useRepos } from '../data/queries.ts';
import { BranchRuleForm } from '../parts/branch-rule-form.tsx';
import { useConfirm } from '../parts/confirm.tsx';
import { Page, PageHead } from '../parts/page.tsx';
import { PanelList } from '../parts/panel-list.tsx';
import { QueryList } from '../parts/query-list.tsx';
import { NotFoundPage } from './not-found.tsx';
import rows from '../parts/providers.module.css';

interface Repo {
  owner: string;
  name: string;
}

/** The rules of a repository's protected branches. */
export function BranchRulesPage({ owner, name }: Repo) {
  const rules = useBranchRules(owner, name);
  const [editing, setEditing] = useState<BranchRule | 'new' | null>(null);
  const kind = useRepos().data?.repos.find((one) => one.owner === owner && one.name === name)?.ownerKind;
  if (rules.error instanceof HiveError && ['unknown_repo', 'invalid_input'].includes(rules.error.code))
    return <NotFoundPage />;
  return (
    <Page narrow>
      <PageHead
        title="Protected branches"
        documentTitle={`Protected branches of ${owner}/${name}`}
        about={
          <>
            <Link href="/forge" className="text-link">
              {owner}/{name}
            </Link>{' '}
            · nobody may delete a protected branch or remove commits from it, you included
          </>
        }
      >
        <Button onClick={() => setEditing('new')}>New rule</Button>
      </PageHead>
      {kind === 'project' && (
        <Text c="dimmed" mb="md">
          The default branch of a project is protected without a rule: one approval, no direct pushes. A rule for it
          replaces that.
        </Text>
      )}
      {editing !== null && (
        <BranchRuleForm
          owner={owner}
          name={name}
          given={editing === 'new' ? null : editing}
          onClose={() => setEditing(null)}
        />
      )}
      <QueryList
        of={{ ...rules, error: rules.error ?? rules.failureReason }}
        loading={{ rows: 2 }}
        isEmpty={(data) => data.rules.length === 0}
        empty={{
          icon: IconShieldCheck,
          title: 'No rule is set',
          text: 'A rule says how many approvals a pull request into a branch needs, and who may push to it directly.',
        }}
      >
        {(data) => (
          <PanelList label="Rules">
            {data.rules.map((rule) => (
              <Rule key={rule.pattern} repo={{ owner, name }} rule={rule} onEdit={() => setEditing(rule)} />
            ))}
          </PanelList>
        )}
      </QueryList>
    </Page>
  );
}

function Rule({ repo, rule, onEdit }: { repo: Repo; rule: BranchRule; onEdit: () => void }) {
  const ask = useConfirm();
  const remove = useChange('removeRule', ['pulls'], () => notifications.show({ message: 'The rule is removed.' }));
  const { owner, name } = repo;
  return (
    <li className={rows.item} aria-label={`Rule of ${showHiddenLine(rule.pattern)}`}>
      <div className={rows.row}>
        <div className={rows.what}>
          <code>{showHiddenLine(rule.pattern)}</code>
          <Text size="sm" c="dimmed">
            {sayRule(rule)}
          </Text>
        </div>
        <Button variant="default" size="xs" onClick={onEdit}>
          Change
        </Button>
        <Button
          variant="default"
          size="xs"
          loading={remove.isPending}
          onClick={() =>
            ask({
              title: 'Remove this rule?',
              text: 'Branches that no other rule protects can then be deleted, and moved by everybody who may push.',
              verb: 'Remove it',
              keep: 'Keep it',
              onConfirm: () => remove.mutate({ owner: owner as never, name: name as never, pattern: rule.pattern }),
            })
          }
        >
          Remove
        </Button>
      </div>
    </li>
  );
}
