require('../resets.cjs')()
