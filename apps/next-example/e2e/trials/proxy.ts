// The proxy of the documents, with a header that disables it, so that the tests can check the app without the proxy.
import { loginProxy } from './login'

export const proxy = loginProxy

export const config = {
  matcher: [
    {
      source: '/((?!_next/static|_next/image|favicon.ico).*)',
      missing: [
        { type: 'header', key: 'next-router-prefetch' },
        { type: 'header', key: 'purpose', value: 'prefetch' },
        { type: 'header', key: 'sec-purpose' },
        { type: 'header', key: 'x-without-proxy' },
      ],
    },
  ],
}
