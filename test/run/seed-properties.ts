import fc from 'fast-check'
import { drawSeed } from './seed.ts'

fc.configureGlobal({ seed: drawSeed() })
