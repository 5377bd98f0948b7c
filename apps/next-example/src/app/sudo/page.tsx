import { launch } from '../../actions'
import { freshLoginRequired } from '../../login'
import { ActionForm } from '../form'

export default async function Sudo() {
  const user = await freshLoginRequired()
  return (
    <>
      <h1>Sudo</h1>
      <p>{user.name}, you proved who you are. With power comes responsibility.</p>
      <ActionForm action={launch} button="Launch the rocket" />
    </>
  )
}
