// The documentation of the API, rendered from its OpenAPI description.
import { ALICE } from '../users/seeds'
import { openApi } from './openapi'

const operations = Object.entries(openApi.paths).map(([path, { get }]) => ({ path, ...get }))
const schemes = openApi.components.securitySchemes

type SchemeName = keyof typeof schemes

export function ApiPage({ origin }: { origin: string }) {
  return (
    <>
      <h1>API</h1>
      <p class="lead">
        For programs, described in <a href="/api/openapi.json">OpenAPI 3.1</a>. An error is a problem in JSON, never a
        redirect. A request with a key sets no cookie.
      </p>
      <div class="cards">
        {operations.map(({ path, summary, description, security }) => (
          <section class="card">
            <h2>{summary}</h2>
            <p>
              <code>GET {path}</code>
            </p>
            <p>{description}</p>
            <ul>
              {security.map((names) => (
                <li>{schemeText(Object.keys(names)[0] as SchemeName)}</li>
              ))}
            </ul>
          </section>
        ))}
      </div>
      <h2>Try it</h2>
      <p>Alice has a key. Create your own on the page Profile.</p>
      <Command text={`curl -H 'x-api-key: ${ALICE.apiKey}' ${origin}/api/profile`} />
      <Command text={`curl '${origin}/api/profile?api_key=${ALICE.apiKey}'`} />
      <Command text={`curl -i ${origin}/api/profile`} />
      <p>
        With a login, your browser can open <a href="/api/profile">/api/profile</a> and{' '}
        <a href="/api/data">/api/data</a>.
      </p>
    </>
  )
}

function Command({ text }: { text: string }) {
  return (
    <pre>
      <code>{text}</code>
    </pre>
  )
}

function schemeText(name: SchemeName): string {
  const scheme = schemes[name]
  return `${WHERE[scheme.in]} ${scheme.name}`
}

const WHERE = { header: 'in the header', query: 'in the query, as', cookie: 'by the cookie' } as const
