import { granted } from '../../form'
import { withFreshLoginRequired } from '../../login'

const secret = withFreshLoginRequired(granted)

export { secret as GET, secret as HEAD, secret as OPTIONS, secret as POST }
