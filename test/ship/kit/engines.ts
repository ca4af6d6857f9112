/** Engines whose promise is exactly once, with their real servers. */
import { TestServer } from '../../kit/machine/servers.ts'
import type { EngineName } from './shipped-log.ts'

export const ENGINES: readonly { engine: EngineName; program: string; start: () => Promise<TestServer> }[] = [
  { engine: 'nats', program: 'nats-server', start: () => TestServer.nats() },
  { engine: 'redis', program: 'redis-server', start: () => TestServer.redis() },
]
