import type { TestProject } from 'vitest/node'
import { setup as buildFirst } from '../run/build-first.ts'
import { debianImage } from './image.ts'
import { realHostProblem } from './problem.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The root directory of real hosts, or why there is none. */
    readonly image: { readonly path: string } | { readonly problem: string }
  }
}

/** Vitest calls this before the tests: it builds the image where there is none, and `dist` where that is not up to date. */
export async function setup(project: TestProject): Promise<void> {
  buildFirst()
  project.provide('image', await findImage())
}

async function findImage(): Promise<{ path: string } | { problem: string }> {
  const problem = realHostProblem()
  if (problem !== undefined) return { problem }
  try {
    return { path: await debianImage(process.env['MAILFW_TEST_RELEASE'] ?? 'bookworm', process.env) }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}
