// Contains the files of public/ in the bundle, because a Worker does not have a disk.
import icon from '../../public/icon.svg'
import style from '../../public/style.css'

const FILES: Readonly<Record<string, string>> = { 'icon.svg': icon, 'style.css': style }

export function readFile(name: string): string {
  return FILES[name] ?? ''
}
