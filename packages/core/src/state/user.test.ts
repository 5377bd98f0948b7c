import { describe, expect, it } from 'vitest'
import { AnonymousUser, UserMixin } from './user'

class User extends UserMixin {
  readonly id: string | number
  readonly enabled: boolean

  constructor(id: string | number, enabled = true) {
    super()
    this.id = id
    this.enabled = enabled
  }

  override get isActive(): boolean {
    return this.enabled
  }
}

class Plain extends UserMixin {
  readonly id = 'plain'
}

describe('a user class', () => {
  it('has the defaults of Flask-Login’s UserMixin', () => {
    const user = new Plain()
    expect([user.isActive, user.isAuthenticated, user.isAnonymous, user.getId()]).toEqual([true, true, false, 'plain'])
  })

  it('returns its ID as a string, also for the ID 0', () => {
    expect(new User(0).getId()).toBe('0')
    expect(new User('').getId()).toBe('')
  })

  it('is not authenticated if it is not active', () => {
    expect(new User(1, false).isAuthenticated).toBe(false)
  })

  it('equals only a user with the same ID', () => {
    expect(new User(1).equals(new User('1'))).toBe(true)
    expect(new User(1).equals(new User(2))).toBe(false)
    expect(new User(1).equals({ id: 1, getId: () => '1' })).toBe(false)
    expect(new User(1).equals(null)).toBe(false)
  })
})

describe('the anonymous user', () => {
  it('is anonymous, not authenticated, and has no ID', () => {
    const user = new AnonymousUser()
    expect([user.isActive, user.isAuthenticated, user.isAnonymous, user.getId()]).toEqual([false, false, true, null])
  })
})
