import { granted } from '../../form'
import { freshLoginRequired, loginRequired } from '../../login'

const fresh = freshLoginRequired(granted)
const both = loginRequired((request, _, context) => fresh(request, context))

export { both as GET, both as HEAD, both as OPTIONS, both as POST }
