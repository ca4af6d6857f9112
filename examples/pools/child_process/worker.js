import { resize } from '../resize.js'

process.send(resize(process.argv[2]))
