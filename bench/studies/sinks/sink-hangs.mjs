// A sink's target that never takes anything.
import { Writable } from 'node:stream'

export default () => new Writable({ highWaterMark: 1, write() {} })
