import { Button, Center, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle, useWindowEvent } from '@mantine/hooks';
import { useState } from 'react';
import { callHive } from '../data/api.ts';
import { CopyCommand } from '../parts/copy-command.tsx';
import { Logo } from '../parts/logo.tsx';

/** Explains how to sign in. Checks the session again when the tab gets the focus, so signing in in another tab is enough. */
export function SignedOutPage() {
  useDocumentTitle('Sign in · Hyperhive');
  const [trying, setTrying] = useState(false);
  const tryAgain = async () => {
    setTrying(true);
    const signedIn = await callHive('status', {}).then(
      () => true,
      () => false,
    );
    if (signedIn) window.location.reload();
    setTrying(false);
  };
  useWindowEvent('focus', () => void tryAgain());
  return (
    <Center mih="100dvh" p="lg" component="main">
      <Stack maw={420} gap="md" align="flex-start">
        <Logo />
        <Title order={1}>Sign in</Title>
        <Text c="dimmed">
          On the machine where the hive runs, make a link and open it in this browser. It works once, for a short time.
        </Text>
        <CopyCommand command="npx hivectl dashboard link" />
        <Button variant="default" loading={trying} onClick={() => void tryAgain()}>
          I have signed in
        </Button>
      </Stack>
    </Center>
  );
}
