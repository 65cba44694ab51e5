import { spawnSync } from 'node:child_process'

const VARIABLE = 'MAILFW_TEST_SEED'

/** What random cases are drawn from: the seed that was set for this run, else a new one. */
export function drawSeed(): number {
  const given = process.env[VARIABLE]
  return given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given)
}

/** Sets one seed for all that we start: that of the commit, so that whoever tests it again tries the same cases. */
export function seedFromCommit(root: string): number {
  const { stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' })
  const ofCommit = /^[0-9a-f]{8}/.exec(stdout)?.[0]
  const seed = process.env[VARIABLE] === undefined && ofCommit ? Number.parseInt(ofCommit, 16) : drawSeed()
  process.env[VARIABLE] = String(seed)
  return seed
}
