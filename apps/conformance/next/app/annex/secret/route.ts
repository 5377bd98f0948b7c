import { granted } from '../../../form'
import { withLoginRequired } from '../../../login'

const secret = withLoginRequired(granted, { area: 'annex' })

export { secret as GET, secret as HEAD, secret as OPTIONS, secret as POST }
