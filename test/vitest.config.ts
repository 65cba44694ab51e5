import { defineConfig } from 'vitest/config'

const patient = { testTimeout: 120_000, hookTimeout: 120_000 }

// How many files run at once is what was quickest on two cores without disturbing what a test measures: a lab's
// hosts mostly wait. Groups never run at the same time.
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/..`,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{remote,lab,e2e,demo,hostile,package,page,realhost}/**'],
          setupFiles: 'test/run/seed-properties.ts',
          testTimeout: 30_000,
          hookTimeout: 30_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'shell',
          include: ['test/remote/**/*.test.ts'],
          setupFiles: 'test/run/seed-properties.ts',
          ...patient,
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          ...patient,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/{e2e,demo,hostile}/**/*.test.ts'],
          globalSetup: 'test/run/build-first.ts',
          ...patient,
          maxWorkers: 3,
          sequence: { groupOrder: 4 },
        },
      },
      {
        test: {
          name: 'realhost',
          include: ['test/realhost/**/*.test.ts'],
          globalSetup: 'test/realhost/prepare-image.ts',
          ...patient,
          maxWorkers: 3,
          // Windows that run at the same time end at the same time
          maxConcurrency: 10,
          sequence: { groupOrder: 6 },
        },
      },
      {
        test: {
          name: 'page',
          include: ['test/page/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
          maxWorkers: 2,
          sequence: { groupOrder: 7 },
        },
      },
      {
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          ...patient,
          maxWorkers: 1,
          sequence: { groupOrder: 5 },
        },
      },
    ],
  },
})
