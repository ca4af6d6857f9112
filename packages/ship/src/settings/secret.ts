/** Secrets are named, never written down: options lie in files that others may read. */
import { FunnelError, isRecord } from '@pino-funnel/channel'
import { readFileSync } from 'node:fs'

/** Where a secret is: in a variable of the shipper's environment, or in a file. Read at each connection. */
export type Secret = { readonly env: string } | { readonly file: string }

/**
 * @param name - of the option, for the error
 * @throws FunnelError `FUNNEL_OPTION_INVALID` for a literal secret
 */
export function parseSecret(value: unknown, name: string): Secret | undefined {
  if (value === undefined) return undefined
  if (isRecord(value)) {
    const { env, file } = value
    if (typeof env === 'string' && env !== '' && file === undefined) return { env }
    if (typeof file === 'string' && file !== '' && env === undefined) return { file }
  }
  throw new FunnelError(
    'FUNNEL_OPTION_INVALID',
    `Option '${name}' must name the place of a secret, { env: 'NAME' } or { file: '/run/secrets/name' }; got ${typeof value === 'string' ? 'the secret itself, or another text' : typeof value}.`,
  )
}

/** @throws FunnelError `FUNNEL_SHIP_UNUSABLE` when it is not there */
export function readSecret(secret: Secret): string {
  if ('file' in secret) return readFileSync(secret.file, 'utf8').trimEnd()
  const value = process.env[secret.env]
  if (value !== undefined && value !== '') return value
  throw new FunnelError(
    'FUNNEL_SHIP_UNUSABLE',
    `The variable ${secret.env} is not in the environment of the shipper, which needs it to connect. Set it there, or use { file: … }.`,
  )
}
