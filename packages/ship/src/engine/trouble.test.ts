import { FunnelError } from '@pino-funnel/channel'
import { describe, expect, test } from 'vitest'
import { noConnection, withCure } from './trouble.ts'

function systemError(code: string, message = `connect ${code}`): Error {
  return Object.assign(new Error(message), { code })
}

describe('a trouble', () => {
  test.each([
    ['ECONNREFUSED', /start the server/],
    ['ENOTFOUND', /correct it in the options, or in DNS/],
    ['EAI_AGAIN', /whether DNS works/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /NODE_EXTRA_CA_CERTS=/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /for another name/],
    ['EPROTO', /check the option 'tls'/],
  ])('should say what can be done about %s, also when a client has wrapped it', (code, cure) => {
    const wrapped = noConnection(['logs-1:4222'], systemError(code))

    expect(withCure(wrapped).message).toMatch(/^No connection to logs-1:4222: connect [\w]+\. /)
    expect(withCure(wrapped).message).toMatch(cure)
  })

  test.each([
    ['Authorization Violation', /options for credentials/],
    ['WRONGPASS invalid username-password pair', /options for credentials/],
    ["NOPERM this user has no permissions to run the 'eval' command", /rights that docs\/ship\.md names/],
  ])('should say what can be done when a server answers %j', (text, cure) => {
    expect(withCure(new Error(text)).message).toMatch(cure)
  })

  test('should name each address of a host when none of them answers', () => {
    const reasons = [systemError('ECONNREFUSED', 'connect ::1'), systemError('ECONNREFUSED', 'connect 127.0.0.1')]
    const all = Object.assign(new AggregateError(reasons), { code: 'ECONNREFUSED' })

    expect(withCure(all).message).toMatch(/^connect ::1, connect 127\.0\.0\.1\. Nothing listens there/)
  })

  test('should have a text when a client gives none', () => {
    expect(noConnection(['a:1', 'b:1'], undefined).message).toBe(
      'No connection to a:1 or b:1: the server closed the connection',
    )
  })

  test('should be left as it is when it says already what to do, or nothing is known', () => {
    const known = new FunnelError('FUNNEL_SHIP_UNUSABLE', 'The server has no stream. Make it')
    const unknown = new Error('what is this')

    expect([known, unknown].map((error) => withCure(error))).toEqual([known, unknown])
  })
})
