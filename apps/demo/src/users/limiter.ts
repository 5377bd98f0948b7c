// The limiter of attempts. A Worker has it by another door (worker/limiter.ts).
export { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
