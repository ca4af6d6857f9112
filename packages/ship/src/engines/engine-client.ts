import { FunnelError, systemCode } from '@pino-funnel/channel'

/**
 * Loads the client of an engine, which is an optional dependency.
 *
 * @param load - imports it
 * @param install - the packages, as npm takes them
 * @throws FunnelError `FUNNEL_SHIP_CLIENT_MISSING`
 */
export async function engineClient<T>(engine: string, install: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    const code = systemCode(error)
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error
    throw new FunnelError(
      'FUNNEL_SHIP_CLIENT_MISSING',
      `Shipping to ${engine} needs a client library that is not installed. Run: npm install ${install}`,
      { cause: error },
    )
  }
}
