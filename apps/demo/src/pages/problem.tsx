export function ProblemPage({ title, detail }: { title: string; detail: string }) {
  return (
    <>
      <h1>{title}</h1>
      <p>{detail}</p>
      <p>
        <a href="/">Home</a>
      </p>
    </>
  )
}
