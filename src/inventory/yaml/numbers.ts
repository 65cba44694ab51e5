import { defineScalarTag, floatYaml11Tag, intYaml11Tag, NOT_RESOLVED } from 'js-yaml'

/** PyYAML's own expressions, and so Ansible's: fewer texts are numbers than in YAML 1.1; `02:42:10:11:00:02` is not. */
const INT =
  /^(?:[-+]?0b[01_]*[01][01_]*|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]*[0-9a-fA-F][0-9a-fA-F_]*|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/

/** A longer one is no number of a setting, and takes time by the square of its length. */
const MOST_DIGITS = 1_000

export const pythonInt = defineScalarTag(intYaml11Tag.tagName, {
  ...intYaml11Tag,
  resolve: (source, isExplicit) => (INT.test(source) || isExplicit ? integer(source) : NOT_RESOLVED),
})

export const pythonFloat = defineScalarTag(floatYaml11Tag.tagName, {
  ...floatYaml11Tag,
  resolve: (source, isExplicit) => (FLOAT.test(source) || isExplicit ? float(source) : NOT_RESOLVED),
})

function float(source: string): number | typeof NOT_RESOLVED {
  const [, sign, text = ''] = /^([-+]?)(.*)$/.exec(source.replaceAll('_', '').toLowerCase()) ?? []
  const size = text === '.inf' ? Infinity : text === '.nan' ? NaN : sum(text.split(':'))
  return size === undefined ? NOT_RESOLVED : sign === '-' ? -size : size
}

/** Of base 60, as hours, minutes and seconds are. */
function sum(parts: readonly string[]): number | undefined {
  if (!parts.every((part) => /^(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?$/.test(part))) return undefined
  return parts.reduce((total, part) => total * 60 + Number(part), 0)
}

/** One that a number here cannot hold exactly comes as the text of its digits. */
function integer(source: string): number | string | typeof NOT_RESOLVED {
  const [, sign, digits = ''] = /^([-+]?)(.*)$/.exec(source.replaceAll('_', '')) ?? []
  const size = magnitude(digits)
  if (size === undefined) return NOT_RESOLVED
  const value = sign === '-' ? -size : size
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}

function magnitude(digits: string): bigint | undefined {
  if (digits.length > MOST_DIGITS) return undefined
  if (/^0(?:b[01]+|x[0-9a-f]+)$/i.test(digits)) return BigInt(digits)
  if (/^0o?[0-7]+$/.test(digits)) return BigInt(`0o${digits.replace(/^0o?/, '')}`)
  if (!/^[0-9]+(?::[0-9]+)*$/.test(digits)) return undefined
  return digits.split(':').reduce((sum, part) => sum * 60n + BigInt(part), 0n)
}
