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
  it('answers what Flask-Login’s UserMixin answers', () => {
    const user = new Plain()
    expect([user.isActive, user.isAuthenticated, user.isAnonymous, user.getId()]).toEqual([true, true, false, 'plain'])
  })

  it('gives its id as text, 0 included', () => {
    expect(new User(0).getId()).toBe('0')
    expect(new User('').getId()).toBe('')
  })

  it('is authenticated only while it is active', () => {
    expect(new User(1, false).isAuthenticated).toBe(false)
  })

  it('equals the user of the same id, and nothing else', () => {
    expect(new User(1).equals(new User('1'))).toBe(true)
    expect(new User(1).equals(new User(2))).toBe(false)
    expect(new User(1).equals({ id: 1, getId: () => '1' })).toBe(false)
    expect(new User(1).equals(null)).toBe(false)
  })
})

describe('nobody', () => {
  it('is anonymous, not authenticated, and has no id', () => {
    const nobody = new AnonymousUser()
    expect([nobody.isActive, nobody.isAuthenticated, nobody.isAnonymous, nobody.getId()]).toEqual([
      false,
      false,
      true,
      null,
    ])
  })
})
