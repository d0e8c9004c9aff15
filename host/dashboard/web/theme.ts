import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

/** The brand colour, for selected elements and main actions; states have their own colours. */
const honey: MantineColorsTuple = [
  '#fff8e6',
  '#fdeec9',
  '#fadb93',
  '#f6c75a',
  '#f3b52f',
  '#f0a51c',
  '#d68c0b',
  '#a76a05',
  '#7d4f06',
  '#573707',
];

/** A neutral scale for the dark scheme, from text to page background. */
const dark: MantineColorsTuple = [
  '#e8e8ea',
  '#c6c7cc',
  '#9fa0a8',
  '#74757e',
  '#303137',
  '#26272c',
  '#1c1d21',
  '#141518',
  '#0f1012',
  '#0a0b0c',
];

export const theme = createTheme({
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  headings: {
    fontFamily: "'Inter Variable', system-ui, sans-serif",
    fontWeight: '620',
    sizes: { h1: { fontSize: '22px', lineHeight: '1.25' }, h2: { fontSize: '15px', lineHeight: '1.4' } },
  },
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '18px' },
  lineHeights: { xs: '1.4', sm: '1.5', md: '1.55', lg: '1.5', xl: '1.4' },
  primaryColor: 'honey',
  primaryShade: { light: 5, dark: 5 },
  autoContrast: true,
  luminanceThreshold: 0.38,
  defaultRadius: 'md',
  cursorType: 'pointer',
  colors: { honey, dark },
  focusRing: 'auto',
  components: { Badge: { defaultProps: { tt: 'none' } } },
});

/** Replaces Mantine's greys, whose contrast for secondary text is below 4.5 on these backgrounds. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#faf9f7',
    '--mantine-color-text': '#1d1e22',
    '--mantine-color-dimmed': '#62636b',
    '--mantine-color-placeholder': '#76777f',
    '--mantine-color-disabled': '#f1efea',
    '--mantine-color-disabled-color': '#8e8d87',
    '--mantine-color-disabled-border': '#e5e3dd',
    '--hive-surface': '#ffffff',
    '--hive-sunken': '#f3f2ee',
    '--hive-line': '#e5e3dd',
    '--hive-chosen': '#f1efe9',
    '--hive-accent-text': '#8a5804',
    '--hive-good': '#1f8a4c',
    '--hive-busy': '#1c6fd1',
    '--hive-change': '#7a4fd0',
    '--hive-warn': '#b45309',
    '--hive-bad': '#c92a2a',
    '--hive-rest': '#8b8c94',
  },
  dark: {
    '--mantine-color-dimmed': '#9fa0a8',
    '--mantine-color-placeholder': '#7d7e87',
    '--hive-surface': '#1a1b1f',
    '--hive-sunken': '#101113',
    '--hive-line': '#2a2b30',
    '--hive-chosen': '#232429',
    '--hive-accent-text': '#f3b52f',
    '--hive-good': '#4cc38a',
    '--hive-busy': '#63a8ff',
    '--hive-change': '#b197fc',
    '--hive-warn': '#f5a65b',
    '--hive-bad': '#ff7b72',
    '--hive-rest': '#75767f',
  },
});
