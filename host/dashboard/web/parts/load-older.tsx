import { Button, Group } from '@mantine/core';

interface Paged {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => Promise<unknown>;
}

/** Below a list of which there is more: the next page of it. */
export function LoadOlder({ of }: { of: Paged }) {
  if (!of.hasNextPage) return null;
  return (
    <Group justify="center" mt="lg">
      <Button variant="default" size="xs" loading={of.isFetchingNextPage} onClick={() => void of.fetchNextPage()}>
        Load older
      </Button>
    </Group>
  );
}
