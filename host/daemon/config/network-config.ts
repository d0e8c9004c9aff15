import * as z from 'zod';
import { isProxyUrl } from '../../../protocol/proxy.ts';

const proxyUrl = z
  .string()
  .refine(isProxyUrl, { error: 'must be the address of an HTTP proxy, like http://proxy.example:3128' })
  .nullable()
  .default(null);

/** `proxy` of config.yaml: the way out of hived, gateway and set-up. */
export const proxy = z
  .strictObject({
    https: proxyUrl.describe(
      "Proxy for https URLs, used by the gateway for providers and by set-up for packages. null: HTTPS_PROXY of hived's environment, otherwise the proxy for http. Not visible in boxes.",
    ),
    http: proxyUrl.describe("Proxy for http URLs; null: HTTP_PROXY of hived's environment."),
    no_proxy: z
      .string()
      .nullable()
      .default(null)
      .describe('Hosts that are connected to directly, separated by commas; null: NO_PROXY of the environment.'),
    ca_file: z
      .string()
      .startsWith('/', { error: 'must be an absolute path' })
      .nullable()
      .default(null)
      .describe(
        'Additional trusted certificates (a PEM file), e.g. of a proxy that decrypts TLS; null: NODE_EXTRA_CA_CERTS.',
      ),
  })
  .prefault({});

/** `egress` of config.yaml: hosts outside that agents reach. */
export const egress = z
  .strictObject({
    ask_ms: z
      .int()
      .min(0)
      .max(120_000)
      .default(20_000)
      .describe(
        'How long an agent’s request for a host that no rule is about waits for your answer (`hivectl approvals`), in milliseconds. 0: you are not asked, and such requests are refused at once.',
      ),
    hour_quota_mb: z
      .int()
      .min(0)
      .max(1_000_000_000)
      .default(0)
      .describe(
        'How much each agent may exchange with hosts outside in an hour, both directions together, in MB (1,000,000 bytes), unless a quota is set for it, its role or all agents (`hivectl egress quota`). 0: no quota.',
      ),
    day_quota_mb: z
      .int()
      .min(0)
      .max(1_000_000_000)
      .default(0)
      .describe(
        'How much each agent may exchange with hosts outside in a day, both directions together, in MB (1,000,000 bytes), unless a quota is set for it, its role or all agents (`hivectl egress quota`). 0: no quota.',
      ),
    month_quota_mb: z
      .int()
      .min(0)
      .max(1_000_000_000)
      .default(0)
      .describe(
        'How much each agent may exchange with hosts outside in a month, both directions together, in MB (1,000,000 bytes), unless a quota is set for it, its role or all agents (`hivectl egress quota`). 0: no quota.',
      ),
  })
  .prefault({});

/** `gateway` of config.yaml: requests to models. */
export const gateway = z
  .strictObject({
    max_body_mb: z
      .int()
      .min(1)
      .max(1_024)
      .default(64)
      .describe(
        'Largest request to a model, in MiB; also the memory for all requests of one agent that are in progress.',
      ),
  })
  .prefault({});
