// A guarded request, with a cookie that the cache of verified cookies has forgotten, and with one that it knows.
import type { SessionCodec } from '@fetch-login/core'
import type { Work } from '../../contestant'
import type { Crowd } from '../../crowd'
import { guardedPage } from '../../guarded-page'
import { createBenchManager, regular, strangers } from '../login-manager'
import { guardDoor } from './door'

export async function neverSeen(codec: SessionCodec, crowd: Crowd): Promise<Work> {
  const manager = createBenchManager(crowd.cacheBytes, codec)
  return guardedPage(guardDoor(manager), await strangers(manager, crowd))
}

export async function seen(codec: SessionCodec, { cacheBytes }: Crowd): Promise<Work> {
  return guardedPage(guardDoor(createBenchManager(cacheBytes, codec)), await regular(cacheBytes, codec))
}
