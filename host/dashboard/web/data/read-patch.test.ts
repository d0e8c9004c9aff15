import { expect, test } from 'vitest';
import { joinPages, PATCH_START, readPatch } from './read-patch.ts';

const PATCH = `diff --git a/src/a.ts b/src/a.ts
index 1..2 100644
--- a/src/a.ts
+++ b/src/a.ts
@@ -1,2 +1,2 @@ function a()
-const one = 1;
+const one = 2;
 diff --git a/x b/x
@@ -20 +20 @@
--- not a header
+++ not a header
\\ No newline at end of file
diff --git a/old name.txt b/new name.txt
similarity index 90%
rename from old name.txt
rename to new name.txt
--- a/old name.txt\t
+++ b/new name.txt\t
@@ -1 +1 @@
-a\r
+b\r
diff --git "a/\\303\\244\\"\\n.bin" "b/\\303\\244\\"\\n.bin"
new file mode 100644
index 0..1
Binary files /dev/null and "b/\\303\\244\\"\\n.bin" differ
diff --git a/run.sh b/run.sh
old mode 100644
new mode 100755
diff --git a/gone b/gone
deleted file mode 100644
--- a/gone
+++ /dev/null
@@ -1 +0,0 @@
-x
`;

const read = (texts: readonly string[]) => {
  let place = PATCH_START;
  const pages = texts.map((text, index) => {
    const page = readPatch(text, place, index === texts.length - 1);
    place = page.place;
    return page;
  });
  return joinPages(pages);
};
const linesOf = (section: ReturnType<typeof read>[number] | undefined) =>
  section?.rows.map((row) =>
    row.is === 'line' ? `${row.line.is} ${row.line.old ?? ''}/${row.line.new ?? ''} ${row.line.text}` : row.text,
  );

test('a patch is read with its files, moved, binary, new and deleted ones, and their lines', () => {
  const sections = read([PATCH]);
  expect(sections.map(({ file }) => [file.path, file.change])).toEqual([
    ['src/a.ts', 'changed'],
    ['new name.txt', 'moved'],
    ['ä"␊.bin', 'added'],
    ['run.sh', 'changed'],
    ['gone', 'deleted'],
  ]);
  expect(sections[1]?.file.movedFrom).toBe('old name.txt');
  expect(sections[2]?.file.isBinary).toBe(true);
  expect(sections[3]?.file.modes).toEqual(['100644', '100755']);
  expect(linesOf(sections[0])).toEqual([
    'removed 1/ const one = 1;',
    'added /1 const one = 2;',
    'same 2/2 diff --git a/x b/x',
    'gap / ',
    'removed 20/ -- not a header',
    'added /20 ++ not a header',
    'No newline at end of file',
  ]);
  expect(linesOf(sections[1])).toEqual(['removed 1/ a␍', 'added /1 b␍']);
});

test('pages may end anywhere', () => {
  const whole = read([PATCH]).map((section) => [section.file, linesOf(section)]);
  for (let at = 1; at < PATCH.length; at += 1) {
    const parts = read([PATCH.slice(0, at), PATCH.slice(at)]);
    expect(parts.map((section) => [section.file, linesOf(section)])).toEqual(whole);
  }
});

test('characters that hide text or change its order are shown', () => {
  const hostile = `diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n-a\n+b\u001b]0;\n+c\u202e// \u200bd\n`;
  expect(linesOf(read([hostile])[0])).toEqual(['removed 1/ a', 'added /1 b␛]0;', 'added /2 c⟨U+202E⟩// ⟨U+200B⟩d']);
});

test('a very long line is cut in the view', () => {
  const [line] = linesOf(read([`diff --git a/x b/x\n@@ -0,0 +1 @@\n+${'y'.repeat(9_999)}\n`])[0]) ?? [];
  expect(line).toHaveLength('added /1 '.length + 1_999 + '… (10000 characters)'.length);
});
