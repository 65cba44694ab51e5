import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { readCommandLine } from '../../src/cli/command-line.ts'

const README = readFileSync(`${import.meta.dirname}/../../README.md`, 'utf8')
const SECTION = README.slice(README.indexOf('### Beyond one controller'), README.indexOf('### Compliance'))

const JOB = z.object({
  apiVersion: z.literal('batch/v1'),
  kind: z.literal('Job'),
  spec: z.object({
    completionMode: z.literal('Indexed'),
    completions: z.number(),
    parallelism: z.number(),
    backoffLimitPerIndex: z.number(),
    podFailurePolicy: z.object({
      rules: z.array(
        z.object({ onExitCodes: z.object({ containerName: z.string(), values: z.array(z.number()) }) }),
      ),
    }),
    template: z.object({
      spec: z.object({
        restartPolicy: z.literal('Never'),
        terminationGracePeriodSeconds: z.number(),
        containers: z.tuple([
          z.object({
            name: z.string(),
            command: z.tuple([z.literal('/bin/sh'), z.literal('-c')]),
            args: z.tuple([z.string()]),
            volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
          }),
        ]),
        volumes: z.array(z.object({ name: z.string() })),
      }),
    }),
  }),
})

const STAGE = z.object({
  image: z.string(),
  script: z.tuple([z.string()]),
  artifacts: z.object({ when: z.literal('always'), paths: z.array(z.string()) }),
})
const PIPELINE = z.object({
  deploy: STAGE.extend({
    parallel: z.object({ matrix: z.tuple([z.object({ SHARD: z.array(z.string()) })]) }),
    before_script: z.array(z.string()),
  }),
  fleet: STAGE.extend({ when: z.literal('always'), needs: z.tuple([z.literal('deploy')]) }),
})

/** A `mailfw` that writes down what it was called with. */
const RECORDER = '#!/bin/sh\nprintf "%s\\0" "$@" >"$CALLED"\n'

let directory = ''
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailfw-examples-'))
  writeFileSync(join(directory, 'mailfw'), RECORDER)
  chmodSync(join(directory, 'mailfw'), 0o755)
})
afterAll(() => {
  rmSync(directory, { recursive: true })
})

/** What a line of an example calls mailfw with, as the command line reads it. */
async function called(line: string, env: Readonly<Record<string, string>>) {
  const file = join(directory, 'called')
  const path = `${directory}:${process.env['PATH'] ?? ''}`
  execFileSync('/bin/sh', ['-c', line], { cwd: directory, env: { ...env, PATH: path, CALLED: file } })
  return readCommandLine(readFileSync(file, 'utf8').split('\0').slice(0, -1), 80)
}

const [job, pipeline] = blocksOf('yaml')

describe('the README’s Job of Kubernetes', () => {
  const { spec } = JOB.parse(load(job ?? ''))
  const pod = spec.template.spec
  const [container] = pod.containers

  it('gives each pod a shard of its own, and all hosts to one of them', async () => {
    const indexes = Array.from({ length: spec.completions }, (_, index) => index)
    const calls = []
    for (const index of indexes)
      calls.push(await called(container.args[0], { JOB_COMPLETION_INDEX: String(index) }))
    expect(calls).toEqual(
      indexes.map((index) => ({
        verb: 'deploy',
        flags: expect.objectContaining({
          inventory: '/inventory/inventory.yaml',
          yes: true,
          shard: `${index + 1}/${spec.completions}`,
          report: `/reports/shard-${index}.json`,
          'private-key': '/secrets/id_ed25519',
        }) as unknown,
      })),
    )
  })

  it('mounts what it names, and keeps the key to root', () => {
    const mounted = container.volumeMounts.map(({ name }) => name)
    expect(new Set(mounted)).toEqual(new Set(pod.volumes.map(({ name }) => name)))
    for (const path of ['/inventory', '/secrets', '/reports', '/root/.ssh/known_hosts'])
      expect(container.volumeMounts.map(({ mountPath }) => mountPath)).toContain(path)
    expect(job).toContain('defaultMode: 0400')
  })

  it('tries again what may come through by itself, and nothing else', () => {
    const [rule] = spec.podFailurePolicy.rules
    expect(rule?.onExitCodes.containerName).toBe(container.name)
    expect(rule?.onExitCodes.values).toEqual([1, 2, 3, 5, 6])
    expect(spec.parallelism).toBeLessThanOrEqual(spec.completions)
  })
})

describe('the README’s pipeline of GitLab', () => {
  const { deploy, fleet } = PIPELINE.parse(load(pipeline ?? ''))
  const [{ SHARD: shards }] = deploy.parallel.matrix

  it('gives each job a shard of its own, and keeps its document', async () => {
    const [line] = deploy.script
    expect(shards).toEqual(shards.map((_, index) => `${index + 1}/${shards.length}`))
    for (const [index, shard] of shards.entries()) {
      expect(await called(line, { SHARD: shard, SSH_KEY: '/builds/key' })).toEqual({
        verb: 'deploy',
        flags: expect.objectContaining({
          yes: true,
          shard,
          report: `shard-${index + 1}.json`,
          'private-key': '/builds/key',
        }) as unknown,
      })
    }
    expect(deploy.artifacts.paths).toEqual(['shard-*.json'])
  })

  it('merges the documents of all jobs', async () => {
    const names = shards.map((_, index) => `shard-${index + 1}.json`)
    for (const name of names) writeFileSync(join(directory, name), '')
    expect(await called(fleet.script[0], {})).toEqual({
      verb: 'report',
      flags: expect.objectContaining({
        task: 'merge',
        files: names,
        output: 'text',
        report: 'fleet.html',
      }) as unknown,
    })
    expect(readdirSync(directory)).toEqual(expect.arrayContaining(names))
  })
})

describe('the README’s lines for a shell', () => {
  it.each(
    blocksOf('sh')
      .flatMap((block) => block.split('\n'))
      .filter((line) => line !== ''),
  )('%s', (line) => {
    expect(() => execFileSync('/bin/sh', ['-n', '-c', line])).not.toThrow()
  })
})

/** The fenced blocks of a language in the section about shards. */
function blocksOf(language: string): readonly string[] {
  return [...SECTION.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, kind, text]) =>
    kind === language && text !== undefined ? [text] : [],
  )
}
