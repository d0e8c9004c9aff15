/** The state of the container engine before set-up. */
export interface EngineFacts {
  /** The engine's version when it answers. */
  readonly version: string | null;
  readonly socket: string;
  /** The socket exists but we may not use it. */
  readonly notPermitted: boolean;
  /** config.yaml lets us start an engine, and the socket is where an engine that we start listens. */
  readonly mayStart: boolean;
  readonly privileged: boolean;
  readonly hasApt: boolean;
  /** Debian packages that dockerd needs here; empty when it is installed. */
  readonly missingPackages: readonly string[];
  readonly systemd: boolean;
  /** The socket of DOCKER_HOST, when it is another one and an engine answers there. */
  readonly otherSocket: string | null;
}

export type EnginePlan =
  | { readonly do: 'nothing' }
  | { readonly do: 'start'; readonly install: readonly string[]; readonly by: 'systemd' | 'us' }
  | { readonly do: 'ask'; readonly advice: string };

/** Whether to use, start or install the engine, or what to ask of the operator. Idempotent. */
export function decideEngine(facts: EngineFacts): EnginePlan {
  if (facts.version !== null) return { do: 'nothing' };
  if (facts.notPermitted)
    return ask(
      `You may not use ${facts.socket}. Type:\n  sudo usermod -aG docker $USER && newgrp docker\nthen run the same command again.`,
    );
  if (facts.otherSocket !== null)
    return ask(
      `No engine answers on ${facts.socket}, but one does where DOCKER_HOST points. Write into config.yaml:\n  engine:\n    socket: ${facts.otherSocket}\nthen run the same command again.`,
    );
  if (!facts.mayStart)
    return ask(
      `No container engine answers on ${facts.socket}. Start it, or set engine.socket in config.yaml, then run the same command again.`,
    );
  const install = facts.missingPackages;
  if (!facts.privileged)
    return ask(
      install.length === 0
        ? `The container engine is not running. Type:\n  ${facts.systemd ? 'sudo systemctl enable --now docker' : 'sudo sh -c "dockerd --live-restore > /var/log/dockerd.log 2>&1 &"'}\nthen run the same command again.`
        : `There is no container engine. Type:\n  ${facts.hasApt ? `sudo apt-get update && sudo apt-get install -y ${install.join(' ')}` : 'the command that installs Docker on your system (see docs/getting-started.md)'}\n  sudo usermod -aG docker $USER && newgrp docker\nthen run the same command again.`,
    );
  if (install.length > 0 && !facts.hasApt)
    return ask(
      'There is no container engine, and only on Debian and Ubuntu is one installed for you. Install Docker, then run the same command again.',
    );
  return { do: 'start', install, by: facts.systemd ? 'systemd' : 'us' };
}

function ask(advice: string): EnginePlan {
  return { do: 'ask', advice };
}
