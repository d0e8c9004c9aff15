import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ATTACH_COMMAND, ATTACH_SOCKET } from '../protocol/attach-places.ts';
import { CHECK_OUT_COMMAND, HAND_OVER_COMMAND } from '../protocol/check-places.ts';
import {
  DEFAULT_STUCK_RULES,
  HARNESS_CONTRACT,
  type HelloOutput,
  SPOOL_MAX_BYTES,
} from '../protocol/schemas/harness.ts';
import { DEFAULT_RAW_LIMITS, RAW_DIR } from '../protocol/schemas/raw-lines.ts';
import { composeInstructions, joinInstructions } from '../protocol/told/compose-instructions.ts';
import { readRssBytes } from '../system/process/inspect-process.ts';
import { serveAttach } from './attach/serve-attach.ts';
import { useAttach } from './attach/use-attach.ts';
import { inspectTool } from './box/inspect-tool.ts';
import { watchBox } from './box/watch-box.ts';
import { checkOut, checkOutEnvironment } from './check/check-out.ts';
import { handOver, handOverEnvironment } from './check/hand-over.ts';
import { type Config, readConfig } from './config.ts';
import { CREATE_DRIVER } from './driver/drivers.ts';
import { connectForge } from './hive-link/forge-client.ts';
import { connectHive } from './hive-link/hive-client.ts';
import { openMcpServer } from './mcp/mcp-server.ts';
import { createRawLines } from './raw/raw-lines.ts';
import { openRelay } from './relay/relay.ts';
import { sendSpool } from './spool/send-spool.ts';
import { type Emit, openSpool } from './spool/spool.ts';
import { runEngine } from './turn/engine.ts';
import { followSkills } from './turn/follow-skills.ts';
import { createTakeover } from './turn/takeover.ts';
import { createTurnMail } from './turn/turn-mail.ts';

/**
 * In a box the engine's own init is process 1 and starts the harness, never as root. Elsewhere /tmp and the processes
 * are not one agent's, and are left alone.
 */
const IN_BOX = process.ppid === 1 && process.getuid?.() !== 0 && readProcessName(1) === 'docker-init';
const TIDY_RAW_EVERY_MS = 3_600_000;

/** The name of a process from the kernel; empty where it cannot be read. */
function readProcessName(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

/** Lines for the box's log. Never bodies, keys or secrets. */
function log(line: string): void {
  process.stderr.write(`harness: ${line}\n`);
}

/** Runs a harness until the signal fires, then shuts it down in order. */
async function runHarness(config: Config, signal: AbortSignal): Promise<void> {
  const bootId = randomUUID();
  const hive = connectHive(config.sockets.hived);
  const spool = await openSpool(join(config.harnessDir, 'spool'), {
    bootId,
    now: Date.now,
    maxBytes: SPOOL_MAX_BYTES,
    onError: (error) => log(`the spool cannot be written: ${String(error)}`),
  });
  const mail = createTurnMail();
  const takeover = createTakeover();
  const attach = await serveAttach(takeover, join(config.harnessDir, ATTACH_SOCKET)).catch((error: unknown) =>
    log(`nobody can attach: ${String(error)}`),
  );
  const forge = await openRelay(config.sockets.forge, config.ports.forge);
  const gateway = await openRelay(config.sockets.gateway, config.ports.gateway);
  const egress = await openRelay(config.sockets.egress, config.ports.egress);
  const secret = randomBytes(32).toString('base64url');
  /** Whether the agent's spec names a project; a change of it starts the CLI anew, which reads the tools again. */
  let isMember = false;
  const mcp = await openMcpServer(
    {
      hive,
      forge: connectForge(config.sockets.forge),
      newKey: randomUUID,
      now: Date.now,
      mail,
      stateDir: config.stateDir,
    },
    { port: config.ports.mcp, secret, version: config.version, isMember: () => isMember },
  );
  log(
    `boot ${bootId}; MCP ${mcp.url}, forge relay ${forge.port}, gateway relay ${gateway.port}, egress relay ${egress.port}`,
  );

  const raw = createRawLines(join(config.harnessDir, RAW_DIR), {
    now: Date.now,
    limits: DEFAULT_RAW_LIMITS,
    secrets: [secret],
    onError: (error) => log(`raw lines could not be kept: ${String(error)}`),
  });
  const tidying = setInterval(() => void raw.tidy(), TIDY_RAW_EVERY_MS).unref();

  const skills = followSkills(config.skillDirs, log);
  const makeDriver = ({ agent, parent, spec, warmIdleMs, stuck, rawLimits }: HelloOutput, emit: Emit) => {
    isMember = Object.keys(spec.projects ?? {}).length > 0;
    raw.setLimits(rawLimits ?? DEFAULT_RAW_LIMITS);
    void raw.tidy();
    const { stateDir, harnessDir, skillDirs, toolchain, cliDir, passedOn } = config;
    const forgeUrl = `http://127.0.0.1:${forge.port}`;
    return CREATE_DRIVER[spec.driver]({
      agent,
      parent,
      spec,
      systemPrompt: joinInstructions(
        composeInstructions({ agent, parent, spec, stateDir, forgeUrl, skillDirs, skills: skills.offered() }),
      ),
      stateDir,
      harnessDir,
      toolchain,
      cliDir,
      passedOn,
      mcp: { url: mcp.url, token: secret },
      gatewayUrl: `http://127.0.0.1:${gateway.port}`,
      forgeUrl,
      providerHeardAt: gateway.heardAt,
      silentMs: (stuck ?? DEFAULT_STUCK_RULES).silentMs,
      warmIdleMs,
      emit,
      record: raw.record,
      log,
      newUuid: randomUUID,
      now: Date.now,
    });
  };
  const stopSending = new AbortController();
  const sending = sendSpool({
    hive,
    spool,
    signal: stopSending.signal,
    onRefused: (event, error) => log(`hived refused event ${event.seq} (${event.kind}): ${error.message}`),
  }).catch((error: unknown) => log(`the spool is not sent any more: ${String(error)}`));

  await runEngine(
    {
      hive,
      hello: {
        bootId,
        generation: config.generation,
        harnessVersion: config.version,
        pid: process.pid,
        contract: HARNESS_CONTRACT,
      },
      makeDriver,
      readAgain: skills.readAgain,
      takeover,
      emit: spool.emit,
      waitSent: spool.waitSent,
      mail,
      onTurn: raw.begin,
      stateDir: config.stateDir,
      now: Date.now,
      random: Math.random,
      log,
      onBug: (what) => log(`a bug: ${what}`),
      box: IN_BOX ? watchBox() : null,
      inspectTool,
      rssBytes: () => readRssBytes('self'),
    },
    signal,
  ).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  clearInterval(tidying);
  await raw.close();
  await spool.close();
  stopSending.abort();
  await sending;
  await Promise.all([attach?.close(), mcp.close(), forge.close(), gateway.close(), egress.close()]);
  hive.close();
}

/** The variables of a person's terminal, which the CLI gets besides its own. */
function ofTerminal({ TERM, COLORTERM, HIVE_TERMINAL }: NodeJS.ProcessEnv): Record<string, string> {
  const given = Object.entries({ TERM, COLORTERM, HIVE_TERMINAL });
  return Object.fromEntries(given.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

// Files in /shared are group-writable for all agents; elsewhere the agent's group has only itself. Files with secrets
// get explicit modes.
process.umask(0o002);
const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
process.on('unhandledRejection', (error) => log(`a promise was left alone: ${String(error)}`));
const say = (line: string) => void process.stdout.write(`${line}\n`);
const WORK: Readonly<Record<string, () => Promise<number>>> = {
  [ATTACH_COMMAND]: () =>
    useAttach(join(readConfig().harnessDir, ATTACH_SOCKET), {
      variables: ofTerminal(process.env),
      say,
      signal: stop.signal,
    }),
  [CHECK_OUT_COMMAND]: async () => checkOut(checkOutEnvironment.parse(process.env), say),
  [HAND_OVER_COMMAND]: async () => handOver(handOverEnvironment.parse(process.env), say),
};
const beHarness = async () => {
  await runHarness(readConfig(), stop.signal);
  return 0;
};
const work = (WORK[process.argv[2] ?? ''] ?? beHarness)();
work.then(
  (code) => process.exit(code),
  (error: unknown) => {
    log(`cannot go on: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    process.exit(70);
  },
);
