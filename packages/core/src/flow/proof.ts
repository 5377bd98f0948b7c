// How a user proved who they are: by which methods (`amr`), and how strongly.

/** How a user proved who they are. */
export interface Proof {
  /** The method, or methods (`amr`): `pwd`, `otp`, `hwk`, or the app's own words. Default none. */
  readonly method?: string | readonly string[] | undefined
  /** How strongly, on the app's own scale. Default 1. */
  readonly level?: number | undefined
}

export function methodsOf({ method }: Proof): readonly string[] {
  return method === undefined ? [] : typeof method === 'string' ? [method] : method
}
