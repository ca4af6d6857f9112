// A sink's target that does nothing with what it gets.
import { Writable } from 'node:stream'

export default () => new Writable({ write: (_chunk, _encoding, callback) => callback() })
