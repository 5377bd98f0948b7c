// Ways to leave a route handler of Next.js: for one that nothing wraps (app/bare) and one that the library does
// (app/wrapped), which must end alike.
import { cookies } from 'next/headers'
import { forbidden, notFound, permanentRedirect, redirect } from 'next/navigation'
import { NextResponse } from 'next/server'

type Way = (url: URL) => Response | Promise<Response>

const WAYS: Readonly<Record<string, Way>> = {
  answer: () => new Response('answered', { headers: { vary: 'accept-language' } }),
  fetched: async ({ origin }) => fetch(new URL('/static', origin)),
  forbidden: () => forbidden(),
  moved: ({ origin }) => Response.redirect(new URL('/login', origin), 303),
  'not-found': () => notFound(),
  permanent: () => permanentRedirect('/login'),
  redirect: () => redirect('/login?next=/a;b'),
  stream: () => new Response(twoParts()),
  throw: () => {
    throw new Error('as it was asked for')
  },
  'cookies-answer': () => withCookies(() => new Response('answered')),
  'cookies-redirect': () => withCookies(() => redirect('/login')),
  'cookies-response': () => withCookies(() => own()),
}

/** Leaves by the way that the address names. */
export async function leave(url: URL, { params }: { params: Promise<{ way: string }> }): Promise<Response> {
  const { way } = await params
  return (WAYS[way] ?? notFound)(url)
}

async function withCookies(then: () => Response): Promise<Response> {
  const jar = await cookies()
  jar.set('theme', 'dark', { path: '/', sameSite: 'strict' })
  return then()
}

function own(): Response {
  const response = NextResponse.json({})
  response.cookies.set('language', 'ja', { httpOnly: true })
  return response
}

/** The second part is sent once the first one may have arrived. */
function twoParts(): ReadableStream<Uint8Array> {
  const text = new TextEncoder()
  return new ReadableStream({
    start: async (controller) => {
      controller.enqueue(text.encode('first,'))
      await new Promise((done) => setTimeout(done, 200))
      controller.enqueue(text.encode('second'))
      controller.close()
    },
  })
}
