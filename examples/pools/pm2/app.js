import { createServer } from 'node:http'
import { resize } from '../resize.js'

// All instances listen on one port; PM2 distributes the requests.
createServer((request, response) => response.end(`${resize(request.url.slice(1))}\n`)).listen(Number(process.env.PORT))
resize('at-the-start.png')
