/** What stands in the log of sign-ins and changes (trackline/store/access), which is written in English. */

const es: Record<string, string> = {
  "(command line)": "(línea de comandos)",
  administrator: "administración",
  "default permission": "permiso por defecto",
  granted: "permiso concedido",
  "made administrator": "ahora administra",
  "no longer administrator": "ya no administra",
  "password changed": "contraseña cambiada",
  person: "persona",
  program: "programa",
  revoked: "permiso retirado",
  "role changed": "rol cambiado",
  "role created": "rol creado",
  "role deleted": "rol eliminado",
  "role given": "rol dado",
  "role taken": "rol quitado",
  "sign-in failed": "no pudo entrar",
  "signed in": "entró",
  "token created": "token creado",
  "token revoked": "token revocado",
  "user created": "usuario creado",
  "user deleted": "usuario eliminado",
  "user disabled": "usuario desactivado",
  "user enabled": "usuario activado",
};

export function noted(language: string, text = ""): string {
  return language === "es" && Object.hasOwn(es, text) ? es[text]! : text;
}
