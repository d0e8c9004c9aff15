import type { DriverName } from '../../protocol/drivers/drivers.ts';
import { createAcp } from './acp/create-acp.ts';
import { createClaude } from './claude/create-claude.ts';
import { createCodex } from './codex/create-codex.ts';
import type { CreateDriver } from './driver.ts';
import { createGemini } from './gemini/create-gemini.ts';
import { createOpencode } from './opencode/create-opencode.ts';
import { createScript } from './script/create-script.ts';

/** The implementation of each driver; its facts are in protocol/drivers/. */
export const CREATE_DRIVER: Readonly<Record<DriverName, CreateDriver>> = {
  claude: createClaude,
  codex: createCodex,
  gemini: createGemini,
  opencode: createOpencode,
  acp: createAcp,
  script: createScript,
};
