import type { Listener } from './listener.ts'

/**
 * Makes a listener obey the signals of a service manager and of log rotation.
 *
 * SIGTERM and SIGINT only ask it to finish: a service manager signals the whole process group, and the workers' last
 * records still have to be written.
 */
export function obeySignals(listener: Listener): void {
  process.on('SIGTERM', () => listener.stop())
  process.on('SIGINT', () => listener.stop())
  process.on('SIGHUP', () => listener.reopen())
}
