/** The command line is wrong: a sentence for its author. Nothing was contacted. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}
