import pino from 'pino'
import { destination } from 'pino-funnel'

// At the top, where applications have it: `next build` runs this, too.
const log = pino(destination({ file: process.env.LOG_FILE, lifecycle: false }))

export const dynamic = 'force-dynamic'

export function GET() {
  log.info('hello from Next.js')
  return Response.json({ logged: true })
}
