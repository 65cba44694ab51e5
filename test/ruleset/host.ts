import { normalForm } from '../../src/ruleset/normal-form.ts'
import type { Transaction } from '../../src/ruleset/transaction.ts'
import { makeTransaction } from '../../src/ruleset/transaction.ts'
import type { Backend, Kernel } from './kernel.ts'
import { openKernel } from './kernel.ts'
import { askSpellings } from './spelling.ts'
import { FOREIGN } from './transaction-cases.ts'

export interface Plan {
  readonly live: string
  readonly transaction: Transaction
}

/** A kernel that holds `live`, and what mailfw does with it. */
export interface TestHost {
  readonly kernel: Kernel
  /** Live as it is now, and the transaction that follows from it. */
  plan(): Promise<Plan>
  /** Runs a transaction; whoever made it, a failure is an error. */
  change(text: string): Promise<void>
  /** What `transaction` promised to be there, and what is. */
  outcome(transaction: Transaction): Promise<{ expected: string; found: string }>
  close(): void
}

export interface TestHostInput {
  readonly backend: Backend
  readonly live: string
  readonly wanted: string
  readonly former?: string
  readonly sets?: readonly string[]
}

export async function openHost(input: TestHostInput): Promise<TestHost> {
  const kernel = openKernel(input.backend, input.sets)
  await kernel.restore(input.live)
  const canonical = await canonicalText(input, input.wanted)
  const former = await canonicalText(input, input.former ?? '')
  return {
    kernel,
    plan: async () => {
      const live = await kernel.save()
      const spelling = await askSpellings(kernel, input.backend, live)
      const rulesets = { live, wanted: input.wanted, canonical, former }
      return { live, transaction: makeTransaction({ ...rulesets, foreign: FOREIGN, spelling }) }
    },
    change: (text) => (text === '' ? Promise.resolve() : kernel.restore(text, '--noflush')),
    outcome: async ({ tables, expected }) => ({
      expected,
      found: normalForm(await kernel.save(), { tables, foreign: FOREIGN }),
    }),
    close: () => {
      kernel.close()
    },
  }
}

async function canonicalText({ backend, sets }: TestHostInput, text: string): Promise<string> {
  if (text === '') return ''
  const scratch = openKernel(backend, sets)
  await scratch.restore(text)
  const canonical = await scratch.save()
  scratch.close()
  return canonical
}
