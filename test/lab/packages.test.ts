import { expect, it } from 'vitest'
import { missingPackages, neededPackages } from './packages.ts'

it('finds administrators’ programs also with the PATH of an ordinary user', () => {
  expect(missingPackages('/usr/bin').map(({ name }) => name)).toEqual(
    missingPackages().map(({ name }) => name),
  )
})

it('names the package of each program that is not there', () => {
  const names = missingPackages('/nowhere').map(({ name }) => name)
  expect(names).toContain('busybox')
  expect(names.length).toBeLessThan(neededPackages.length + 1)
})
