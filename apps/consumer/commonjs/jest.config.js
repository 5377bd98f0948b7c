module.exports = {
  testEnvironment: 'node',
  testMatch: ['**/*.jest.js'],
  // Jest runs CommonJS, so ES modules of these packages are rewritten before they run.
  transform: { '\\.m?js$': './to-commonjs.js' },
  transformIgnorePatterns: ['/node_modules/(?!.*(@fetch-login|jose))'],
}
