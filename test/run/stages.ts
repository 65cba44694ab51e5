/** A step of `npm test`: an npm script, and how its checks are counted. */
export interface Stage {
  /** The name of the script in package.json. */
  readonly script: string
  /** `exit`: it is one check that passes or fails. `report`: Vitest counts its tests. `count`: it counts by itself. */
  readonly countedBy: 'exit' | 'report' | 'count'
  /** A program that the machine may lack; without it the stage is skipped. */
  readonly program?: string
  /** Whether its tests need a lab: in CI none of them may be skipped. */
  readonly needsLab?: boolean
}

/** In this order: what fails quickly comes first, and `build` before what runs the built program. */
export const stages: readonly Stage[] = [
  { script: 'build', countedBy: 'exit' },
  { script: 'types', countedBy: 'exit' },
  { script: 'lint', countedBy: 'exit' },
  { script: 'style', countedBy: 'exit' },
  { script: 'shellcheck', countedBy: 'exit', program: 'shellcheck' },
  { script: 'unit', countedBy: 'report' },
  { script: 'test:drift', countedBy: 'count', needsLab: true },
  { script: 'test:page', countedBy: 'report', program: 'chromium' },
  { script: 'shell', countedBy: 'report', needsLab: true },
  { script: 'lab', countedBy: 'report', needsLab: true },
  { script: 'e2e', countedBy: 'report', needsLab: true },
  { script: 'test:realhost', countedBy: 'report', needsLab: true },
  { script: 'test:corpus', countedBy: 'count', needsLab: true },
  { script: 'test:faults', countedBy: 'count', needsLab: true },
  { script: 'test:scale', countedBy: 'count', needsLab: true },
  { script: 'package', countedBy: 'report' },
]
