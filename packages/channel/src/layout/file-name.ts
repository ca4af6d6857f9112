import { CHANNEL_NAME } from './layout.ts'

/** Whether a log file's name stays inside its directory and out of the channel's. */
export function isFileName(name: string): boolean {
  if (name === '' || name === '.' || name === '..' || name === CHANNEL_NAME) return false
  return !name.includes('/') && !name.includes('\0') && Buffer.byteLength(name) <= 255
}
