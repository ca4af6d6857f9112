import workerpool from 'workerpool'
import { resize } from '../resize.js'

workerpool.worker({ resize })
