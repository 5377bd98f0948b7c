import { granted } from '../../form'
import { withFreshLoginRequired, withLoginRequired } from '../../login'

const fresh = withFreshLoginRequired(granted)
const both = withLoginRequired((request, _, context) => fresh(request, context))

export { both as GET, both as HEAD, both as OPTIONS, both as POST }
