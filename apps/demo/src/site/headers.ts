// What a browser may do with our pages: show them, send our forms, load our one style. No script at all.
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
  // For https alone, and the demo speaks http.
  strictTransportSecurity: false,
})
