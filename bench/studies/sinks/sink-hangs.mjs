// The target of a sink that never takes a record.
import { Writable } from 'node:stream'

export default () => new Writable({ highWaterMark: 1, write() {} })
