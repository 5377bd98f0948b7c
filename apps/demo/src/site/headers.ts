// Security headers: the browser may show the pages, send their forms and load one style sheet. Scripts are blocked.
import { secureHeaders } from 'hono/secure-headers'

export const headers = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
  permissionsPolicy: { camera: [], geolocation: [], microphone: [] },
  // The default, no-referrer, makes browsers send `Origin: null` with every form.
  referrerPolicy: 'same-origin',
  xFrameOptions: 'DENY',
  // Valid for https only; the demo uses http.
  strictTransportSecurity: false,
})
