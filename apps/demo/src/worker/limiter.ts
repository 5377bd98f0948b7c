// The one limiter that the demo uses: the package's own door opens all of them, and most of those want Node.
// @ts-expect-error the package has types for its door alone
import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js'
// @ts-expect-error the package has types for its door alone
import RateLimiterRes from 'rate-limiter-flexible/lib/RateLimiterRes.js'

export { RateLimiterMemory, RateLimiterRes }
