// The mistake that everybody makes once.
import { auth } from '../../login'

export default async function Wrong() {
  await (await auth()).loginUser({ id: 'mallory' })
  return <p>You are in.</p>
}
