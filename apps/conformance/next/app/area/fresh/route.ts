import { granted } from '../../../form'
import { freshLoginRequired } from '../../../login'

const secret = freshLoginRequired(granted, { area: 'area' })

export { secret as GET, secret as HEAD, secret as OPTIONS, secret as POST }
