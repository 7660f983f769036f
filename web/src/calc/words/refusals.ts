/**
 * What a refusal is about, by its error code, for those who do not read the server's own sentence: that is English, as clients of
 * MLflow expect it, and follows. So English has no words here.
 */

const es = {
  BAD_REQUEST: "El servidor no pudo leer la petición.",
  ENDPOINT_NOT_FOUND: "El servidor no conoce esta dirección; quizá es de otra versión: vuelva a cargar la página.",
  FILTER: "El filtro no se entiende.",
  INTERNAL_ERROR: "El servidor falló; quien lo administra puede ver por qué en su registro.",
  INVALID_PARAMETER_VALUE: "El servidor no acepta lo que se le dio.",
  INVALID_STATE: "Tal como está ahora, no se puede.",
  METHOD_NOT_ALLOWED: "El servidor no hace esto aquí; quizá es de otra versión: vuelva a cargar la página.",
  NOT_IMPLEMENTED: "Este servidor no lo ofrece.",
  PERMISSION_DENIED: "Le falta permiso para esto; quien administra el servidor puede dárselo.",
  REQUEST_LIMIT_EXCEEDED: "Es demasiado, o demasiado seguido: espere un poco.",
  REQUEST_TIMEOUT: "La petición tardó demasiado en llegar; inténtelo de nuevo.",
  RESOURCE_ALREADY_EXISTS: "Ya hay algo con ese nombre; elija otro.",
  RESOURCE_DOES_NOT_EXIST: "No existe, o ya no.",
  RESOURCE_EXHAUSTED: "El servidor no tiene más espacio en disco.",
  TEMPORARILY_UNAVAILABLE: "El servidor no puede ahora mismo; inténtelo en unos segundos.",
};

/** `message` after words on what it is about, where the language has some for that `code`. */
export function refused(language: string, code: string, message: string): string {
  return language === "es" && Object.hasOwn(es, code) ? `${es[code as keyof typeof es]} Detalle: ${message}` : message;
}
