// The target of a sink that takes every record and does nothing with it.
import { Writable } from 'node:stream'

export default () => new Writable({ write: (_chunk, _encoding, callback) => callback() })
