// The former name of check-tasks.mjs, for scripts that still call it.
import './check-tasks.mjs'
