module.exports = {
  testEnvironment: 'node',
  testMatch: ['**/*.jest.js'],
  // Jest runs CommonJS, so the transform converts the ES modules of these packages.
  transform: { '\\.m?js$': './to-commonjs.js' },
  transformIgnorePatterns: ['/node_modules/(?!.*(@fetch-login|jose))'],
}
