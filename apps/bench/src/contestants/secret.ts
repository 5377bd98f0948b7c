// The secret of every contestant, in a file of its own so that no peer loads what is ours.

/** It guards nothing but this bench. */
export const SECRET = 'f1d7c2a9-the-bench-has-nothing-to-hide-04be83'
