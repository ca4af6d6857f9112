/**
 * The engines by name.
 *
 * What always holds in this room: an engine connects when it is opened, and never again by itself. Its first trouble
 * ends it, and the shipper opens the next one. A client library is loaded only for the engine that needs it.
 */
import { FunnelError } from '@pino-funnel/channel'
import type { OpenEngine } from '../engine/engine.ts'
import type { ShipSettings } from '../settings/ship-settings.ts'
import { openJetStream } from './nats/jetstream.ts'
import { parseJetStreamOptions } from './nats/jetstream-options.ts'
import { openRedisStream } from './redis/redis-streams.ts'
import { parseRedisOptions } from './redis/redis-options.ts'

type Settings = Pick<ShipSettings, 'to' | 'names' | 'options' | 'path'>

const ENGINES: Readonly<Record<string, (settings: Settings) => OpenEngine>> = {
  nats: ({ options, names, path }) => openJetStream(parseJetStreamOptions(options, `${path}.options`), names),
  redis: ({ options, names, path }) => openRedisStream(parseRedisOptions(options, `${path}.options`), names),
}

/** @throws FunnelError `FUNNEL_OPTION_*` */
export function engineFor(settings: Settings): OpenEngine {
  const make = Object.hasOwn(ENGINES, settings.to) ? ENGINES[settings.to] : undefined
  if (make) return make(settings)
  throw new FunnelError(
    'FUNNEL_OPTION_INVALID',
    `Option '${settings.path}.to' must name an engine: ${Object.keys(ENGINES).join(', ')}; got '${settings.to}'.`,
  )
}
