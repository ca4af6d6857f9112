// Feeds a table of PostgreSQL, each record once, whenever this program is killed:
//
//     PGHOST=… PGUSER=… node into-postgres.js '{"to":"nats","options":{"durable":"table"}}'
import { consume } from '@pino-funnel/ship'
import pg from 'pg'
import { stopSignal } from './stop-signal.js'

const TABLES = `
  CREATE TABLE IF NOT EXISTS records (id text PRIMARY KEY, host text, log text, line text NOT NULL);
  CREATE TABLE IF NOT EXISTS positions (log text PRIMARY KEY, position bigint NOT NULL)`
const INSERT = `
  WITH inserted AS (
    INSERT INTO records (id, host, log, line) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
  )
  INSERT INTO positions (log, position) VALUES ($5, $6)
  ON CONFLICT (log) DO UPDATE SET position = excluded.position`

const database = new pg.Client()
await database.connect()
await database.query(TABLES)
const { rows } = await database.query('SELECT log, position FROM positions')
const seen = rows.map(({ log, position }) => [log, Number(position)])

await consume(JSON.parse(process.argv[2]), insert, { seen, signal: stopSignal() })
await database.end()

/** The records and their position are stored by one statement, so both or neither. */
async function insert(records, { log, to }) {
  await database.query(INSERT, [
    records.map(({ id }) => id),
    records.map((record) => record.log.host),
    records.map((record) => record.log.name),
    records.map(({ line }) => line),
    log,
    to,
  ])
}
