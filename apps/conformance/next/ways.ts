// The ways to leave a route handler of Next.js. A handler without the library (app/bare) and a wrapped one (app/wrapped)
// must end alike.
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
  stream: () => new Response(createStream()),
  throw: () => {
    throw new Error('as it was asked for')
  },
  'cookies-answer': () => withCookies(() => new Response('answered')),
  'cookies-redirect': () => withCookies(() => redirect('/login')),
  'cookies-response': () => withCookies(() => createResponseWithCookie()),
}

/** Leaves the handler in the way of the URL. */
export async function leave(url: URL, { params }: { params: Promise<{ way: string }> }): Promise<Response> {
  const { way } = await params
  return (WAYS[way] ?? notFound)(url)
}

async function withCookies(then: () => Response): Promise<Response> {
  const jar = await cookies()
  jar.set('theme', 'dark', { path: '/', sameSite: 'strict' })
  return then()
}

function createResponseWithCookie(): Response {
  const response = NextResponse.json({})
  response.cookies.set('language', 'ja', { httpOnly: true })
  return response
}

/** Sends the second chunk after a delay, so that the first one arrives alone. */
function createStream(): ReadableStream<Uint8Array> {
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
