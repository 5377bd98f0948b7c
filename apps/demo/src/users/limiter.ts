// The rate limiter. A Worker imports it from another entry point (worker/limiter.ts).
export { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
