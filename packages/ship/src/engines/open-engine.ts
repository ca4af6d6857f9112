/**
 * The engines by name.
 *
 * What always holds in this room: an engine connects when it is opened, and never again by itself. Its first trouble
 * ends it, and the shipper opens the next one. A client library is loaded only for the engine that needs it.
 */
import { FunnelError } from '@pino-funnel/channel'
import type { LogOrigin, OpenEngine, Place } from '../engine/engine.ts'
import type { ShipSettings } from '../settings/ship-settings.ts'
import { shown } from '../settings/option-reader.ts'
import { elasticPlace, openElastic, parseElasticOptions } from './elastic/elastic.ts'
import { kafkaPlace, openKafka } from './kafka/kafka.ts'
import { parseKafkaOptions } from './kafka/kafka-options.ts'
import { lokiPlace, openLoki, parseLokiOptions } from './loki/loki.ts'
import { jetStreamPlace, openJetStream } from './nats/jetstream.ts'
import { parseJetStreamOptions } from './nats/jetstream-options.ts'
import { openOtlp, otlpPlace, parseOtlpOptions } from './otlp/otlp.ts'
import { openRelp, parseRelpOptions, relpPlace } from './relp/relp.ts'
import { openRedisStream, redisPlace } from './redis/redis-streams.ts'
import { parseRedisOptions } from './redis/redis-options.ts'

type Settings = Pick<ShipSettings, 'to' | 'names' | 'options' | 'path'>

/** An engine as its settings say. */
export interface EngineAccess {
  readonly open: OpenEngine
  /** Where it has a log. @throws RangeError for a placeholder without a value */
  readonly placeOf: (log: LogOrigin) => Place
}

const ENGINES: Readonly<Record<string, (settings: Settings) => EngineAccess>> = {
  nats: ({ options, names, path }) => {
    const parsed = parseJetStreamOptions(options, `${path}.options`)
    return { open: openJetStream(parsed, names), placeOf: (log) => jetStreamPlace(parsed, names, log) }
  },
  redis: ({ options, names, path }) => {
    const parsed = parseRedisOptions(options, `${path}.options`)
    return { open: openRedisStream(parsed, names), placeOf: (log) => redisPlace(parsed, names, log) }
  },
  kafka: ({ options, names, path }) => {
    const parsed = parseKafkaOptions(options, `${path}.options`)
    return { open: openKafka(parsed, names), placeOf: (log) => kafkaPlace(parsed, names, log) }
  },
  otlp: ({ options, names, path }) => {
    const parsed = parseOtlpOptions(options, `${path}.options`)
    return { open: openOtlp(parsed, names), placeOf: () => otlpPlace(parsed) }
  },
  loki: ({ options, names, path }) => {
    const parsed = parseLokiOptions(options, `${path}.options`)
    return { open: openLoki(parsed, names), placeOf: (log) => lokiPlace(parsed, names, log) }
  },
  elastic: ({ options, names, path }) => {
    const parsed = parseElasticOptions(options, `${path}.options`)
    return { open: openElastic(parsed, names), placeOf: (log) => elasticPlace(parsed, names, log) }
  },
  relp: ({ options, names, path }) => {
    const parsed = parseRelpOptions(options, `${path}.options`)
    return { open: openRelp(parsed, names), placeOf: () => relpPlace(parsed) }
  },
}

/** Stands for any log: only its name and host are asked for. */
const ANY_LOG: LogOrigin = { id: '0', name: 'app.log', host: 'host' }

/** @throws FunnelError `FUNNEL_OPTION_*` */
export function engineFor(settings: Settings): EngineAccess {
  const make = Object.hasOwn(ENGINES, settings.to) ? ENGINES[settings.to] : undefined
  if (make) return withKnownNames(make(settings), settings)
  throw new FunnelError(
    'FUNNEL_OPTION_INVALID',
    `Option '${settings.path}.to' must name an engine: ${Object.keys(ENGINES).join(', ')}; got ${shown(settings.to)}.`,
  )
}

/** @throws FunnelError `FUNNEL_OPTION_INVALID` for a placeholder without a value: it would fail with each batch */
function withKnownNames(engine: EngineAccess, { path }: Settings): EngineAccess {
  try {
    engine.placeOf(ANY_LOG)
    return engine
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new FunnelError('FUNNEL_OPTION_INVALID', `Option '${path}.names' lacks a value: ${error.message}`, {
      cause: error,
    })
  }
}
