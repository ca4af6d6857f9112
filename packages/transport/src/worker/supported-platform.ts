import { FunnelError } from '@pino-funnel/channel'

/**
 * Windows has no sockets, links and descriptors as the channel needs them.
 *
 * @throws FunnelError `FUNNEL_PLATFORM_UNSUPPORTED` there
 */
export function refuseWindows(): void {
  if (process.platform !== 'win32') return
  throw new FunnelError(
    'FUNNEL_PLATFORM_UNSUPPORTED',
    `pino-funnel does not run on Windows: use it in WSL 2 or in a Linux container, and meanwhile, for one process, ` +
      `pino.destination({ dest: 'logs/app.log', mkdir: true }).`,
  )
}
