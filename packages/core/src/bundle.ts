// The build puts the code of index.js and adapter.js into this one file, so that each class exists once.
export * from './adapter'
export * from './index'
