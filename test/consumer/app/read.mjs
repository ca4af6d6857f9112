import { readLog } from '@pino-funnel/reader'

for await (const { id, text } of readLog(process.argv[2])) console.log(`${id} ${JSON.parse(text).msg}`)
