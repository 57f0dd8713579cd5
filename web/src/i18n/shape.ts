/** The shape of a room's texts, so that another language has every key and no other. */

export type Shape<T> = { readonly [K in keyof T]: T[K] extends string ? string : Shape<T[K]> };
