import { Button, Group, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import type { QuestionView } from '../../../../protocol/schemas/message.ts';
import { toPlainText } from '../data/plain-text.ts';
import { PAGE_MAX_BODY_BYTES, useAnswerQuestion } from '../data/mutations.ts';

/** The form to answer a question: one of its choices, or free text if it has none. */
export function AnswerForm({ question }: { question: QuestionView }) {
  const { id, choices, from } = question;
  const [text, setText] = useState('');
  const answer = useAnswerQuestion(() =>
    notifications.show({ message: `${from === 'system' ? 'The hive' : from} has your answer.` }),
  );
  const tooLong = new TextEncoder().encode(text).length > PAGE_MAX_BODY_BYTES;
  const give = (body: string) => answer.mutate({ id, body });
  if (choices.length > 0)
    return (
      <Group gap={8} component="fieldset" aria-label={`Answer question ${id}`} p={0} m={0} bd={0} miw={0}>
        {choices.map((choice) => (
          <Button
            key={choice}
            variant="default"
            size="xs"
            h="auto"
            mih={30}
            py={5}
            styles={{ label: { whiteSpace: 'normal', overflowWrap: 'anywhere', textAlign: 'left' } }}
            loading={answer.isPending && answer.variables.body === choice}
            disabled={answer.isPending && answer.variables.body !== choice}
            onClick={() => give(choice)}
          >
            {toPlainText(choice)}
          </Button>
        ))}
      </Group>
    );
  return (
    <form
      aria-label={`Answer question ${id}`}
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== '' && !tooLong && !answer.isPending) give(text);
      }}
    >
      <Group gap={8} align="flex-end">
        <Textarea
          flex={1}
          miw={200}
          autosize
          minRows={1}
          maxRows={8}
          aria-label={`Your answer to question ${id}`}
          placeholder="Your answer…"
          value={text}
          error={tooLong ? 'The answer is over 64 KiB.' : null}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
            event.currentTarget.form?.requestSubmit();
          }}
        />
        <Button type="submit" disabled={text.trim() === '' || tooLong} loading={answer.isPending}>
          Answer
        </Button>
      </Group>
    </form>
  );
}
