import { granted } from '../../../form'
import { loginRequired } from '../../../login'

const secret = loginRequired(granted, { area: 'annex' })

export { secret as GET, secret as HEAD, secret as OPTIONS, secret as POST }
