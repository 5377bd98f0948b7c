// A common mistake: a page that logs in.
import { auth } from '../../login'

export default async function Wrong() {
  await (await auth()).loginUser({ id: 'mallory' })
  return <p>You are in.</p>
}
