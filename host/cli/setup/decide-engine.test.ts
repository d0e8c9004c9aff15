import { describe, expect, test } from 'vitest';
import { decideEngine, type EngineFacts } from './decide-engine.ts';

const bareRoot: EngineFacts = {
  version: null,
  socket: '/var/run/docker.sock',
  notPermitted: false,
  mayStart: true,
  privileged: true,
  hasApt: true,
  missingPackages: ['docker.io', 'iptables'],
  systemd: false,
  otherSocket: null,
};

/** The advice to an ordinary user. */
function adviceFor(facts: EngineFacts): string {
  const plan = decideEngine(facts);
  return plan.do === 'ask' ? plan.advice : `no advice but ${plan.do}`;
}

describe('the container engine', () => {
  test('is left alone when it answers, for every user', () => {
    expect(decideEngine({ ...bareRoot, version: '27.0' })).toEqual({ do: 'nothing' });
    expect(decideEngine({ ...bareRoot, version: '27.0', privileged: false, mayStart: false })).toEqual({
      do: 'nothing',
    });
  });
  test('is installed and started as root on Debian', () => {
    expect(decideEngine(bareRoot)).toEqual({ do: 'start', install: ['docker.io', 'iptables'], by: 'us' });
  });
  test('is only started when it is installed, by systemd where systemd runs', () => {
    expect(decideEngine({ ...bareRoot, missingPackages: [], systemd: true })).toEqual({
      do: 'start',
      install: [],
      by: 'systemd',
    });
  });
  test('is not touched when config.yaml says so or the socket is elsewhere', () => {
    expect(adviceFor({ ...bareRoot, mayStart: false })).toContain('Start it, or set engine.socket');
  });
  test('on other systems than Debian the operator is asked to install it', () => {
    expect(adviceFor({ ...bareRoot, hasApt: false })).toContain('Install Docker');
    expect(decideEngine({ ...bareRoot, hasApt: false, missingPackages: [] }).do).toBe('start');
  });
  test('an ordinary user is told exactly which commands to type', () => {
    const user = { ...bareRoot, privileged: false };
    expect(adviceFor(user)).toContain('sudo apt-get install -y docker.io iptables');
    expect(adviceFor({ ...user, missingPackages: [], systemd: true })).toContain('sudo systemctl enable --now docker');
    expect(adviceFor({ ...user, notPermitted: true })).toContain('usermod -aG docker');
    expect(adviceFor({ ...user, otherSocket: '/run/user/1000/docker.sock' })).toContain(
      'socket: /run/user/1000/docker.sock',
    );
  });
});
