const ts = require('typescript')

const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 }
module.exports = {
  process: (text, fileName) => ({ code: ts.transpileModule(text, { compilerOptions, fileName }).outputText }),
}
