// Reads a YAML file and does nothing with it: what no reader of that inventory can save.
import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'

load(readFileSync(process.argv[2], 'utf8'))
