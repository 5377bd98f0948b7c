// Imports only the limiter that the demo uses: the main entry point of the package also loads limiters that need Node.
// @ts-expect-error the package has types for its main entry point only
import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js'
// @ts-expect-error the package has types for its main entry point only
import RateLimiterRes from 'rate-limiter-flexible/lib/RateLimiterRes.js'

export { RateLimiterMemory, RateLimiterRes }
