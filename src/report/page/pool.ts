/** Values of which equal ones are kept once. */
export interface Pool {
  readonly values: readonly unknown[]
  /** Where a value that JSON can write stands in `values`. */
  readonly placeOf: (value: unknown) => number
}

export function createPool(): Pool {
  const values: unknown[] = []
  const places = new Map<string, number>()
  return {
    values,
    placeOf: (value) => {
      const key = JSON.stringify(value)
      const place = places.get(key) ?? values.length
      if (place === values.length) {
        places.set(key, place)
        values.push(value)
      }
      return place
    },
  }
}
