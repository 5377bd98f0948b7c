import { granted } from '../../../../form'
import { loginRequired } from '../../../../login'

const secret = loginRequired(granted, { area: 'area.inner' })

export { secret as GET, secret as HEAD, secret as OPTIONS, secret as POST }
