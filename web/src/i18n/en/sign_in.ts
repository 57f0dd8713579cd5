/** The way in. */

export const sign_in = {
  page: "Sign in · Deskreel",
  title: "Sign in to Deskreel",
  email: "E-mail",
  password: "Password",
  submit: "Sign in",
} as const;
