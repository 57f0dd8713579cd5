import type { sign_in as source } from "../en/sign_in";
import type { Shape } from "../shape";

export const sign_in: Shape<typeof source> = {
  page: "Anmelden · Deskreel",
  title: "Bei Deskreel anmelden",
  email: "E-Mail",
  password: "Passwort",
  submit: "Anmelden",
};
