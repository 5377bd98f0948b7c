// A mistake that would show the data of one visitor to all others: a guard inside of a cached function.
import { unstable_cache } from 'next/cache'
import { loginRequired } from '../../login'

const treasure = unstable_cache(async () => `The treasure of ${(await loginRequired()).id}`, ['treasure'])

export default async function Cached() {
  await loginRequired()
  return <p>{await treasure()}</p>
}
