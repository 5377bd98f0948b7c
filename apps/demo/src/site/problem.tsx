export function ProblemPage({ title, detail }: { title: string; detail: string }) {
  return (
    <>
      <h1>{title}</h1>
      <p class="lead">{detail}</p>
      <p>
        <a class="button quiet" href="/">
          Back to the start
        </a>
      </p>
    </>
  )
}
