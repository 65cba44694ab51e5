import js from '@eslint/js'
import tseslint from 'typescript-eslint'

/** What the script of a report's page finds in a browser. */
const BROWSER = Object.fromEntries(
  [
    'document',
    'getSelection',
    'history',
    'location',
    'navigator',
    'scrollX',
    'scrollY',
    'setTimeout',
    'window',
  ].map((name) => [name, 'readonly']),
)

export default tseslint.config(
  { ignores: ['dist', '.reports'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'no-control-regex': 'off',
      'no-restricted-globals': ['error', 'console', 'process'],
    },
  },
  {
    files: ['src/main.ts', 'test/**', '*.js', '**/*.mjs'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly' } },
    rules: { 'no-restricted-globals': 'off' },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/lib/make-directories.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        ...['node:fs', 'node:fs/promises'].map((name) => ({
          name,
          importNames: ['mkdir', 'mkdirSync'],
          message: 'It may never end: see makeDirectories.',
        })),
      ],
    },
  },
  {
    files: ['src/report/page/browser/*.js'],
    languageOptions: { globals: BROWSER },
  },
)
