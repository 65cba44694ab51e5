import { defineConfig } from 'vitest/config'

const buildFirst = 'test/run/build-first.ts'
const patient = { testTimeout: 120_000, hookTimeout: 120_000 }

export default defineConfig({
  test: {
    root: `${import.meta.dirname}/..`,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{remote,lab,e2e,package}/**'],
          testTimeout: 30_000,
        },
      },
      { test: { name: 'shell', include: ['test/remote/**/*.test.ts'], ...patient } },
      { test: { name: 'lab', include: ['test/lab/**/*.test.ts'], ...patient } },
      {
        test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], globalSetup: buildFirst, ...patient },
      },
      {
        test: { name: 'package', include: ['test/package/**/*.test.ts'], ...patient },
      },
    ],
  },
})
