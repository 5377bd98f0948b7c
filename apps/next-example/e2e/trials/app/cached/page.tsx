// The mistake that would show one visitor's secret to all others: the guard stands in what a cache keeps.
import { unstable_cache } from 'next/cache'
import { loginRequired } from '../../login'

const treasure = unstable_cache(async () => `The treasure of ${(await loginRequired()).id}`, ['treasure'])

export default async function Cached() {
  await loginRequired()
  return <p>{await treasure()}</p>
}
