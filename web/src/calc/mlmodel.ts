/** What an MLmodel file says, in the fields that people look for. */

export interface Signature {
  inputs: Column[];
  outputs: Column[];
  params: Column[];
}

export interface Column {
  name: string;
  type: string;
  required: boolean;
}

export interface ModelFile {
  flavors: { name: string; version: string }[];
  signature: Signature | null;
  facts: [string, string][];
}

type Bag = Record<string, unknown>;

const FACTS = ["model_id", "model_uuid", "mlflow_version", "utc_time_created", "run_id", "artifact_path", "model_size_bytes"];

export function modelFile(value: unknown): ModelFile {
  const file = bag(value);
  const flavors = Object.entries(bag(file["flavors"])).map(([name, flavor]) => ({ name, version: versionOf(name, bag(flavor)) }));
  const signature = bag(file["signature"]);
  const facts = FACTS.filter((name) => file[name] !== undefined && file[name] !== null);
  return {
    flavors,
    signature: Object.keys(signature).length
      ? { inputs: columns(signature["inputs"]), outputs: columns(signature["outputs"]), params: columns(signature["params"]) }
      : null,
    facts: facts.map((name) => [name, text(file[name])]),
  };
}

function versionOf(name: string, flavor: Bag): string {
  const key = Object.keys(flavor).find((one) => one.endsWith("_version") && one !== "python_version");
  const python = flavor["python_version"] ? `Python ${text(flavor["python_version"])}` : "";
  return key ? text(flavor[key]) : name === "python_function" ? python : "";
}

/** A schema is JSON in a string: columns with types, or tensors with shapes. */
function columns(schema: unknown): Column[] {
  let parsed: unknown = schema;
  if (typeof schema === "string") {
    try {
      parsed = JSON.parse(schema);
    } catch {
      return [];
    }
  }
  if (!Array.isArray(parsed)) return [];
  return parsed.map((one: unknown, at) => {
    const column = bag(one);
    return { name: text(column["name"] ?? at), type: typeOf(column), required: column["required"] !== false };
  });
}

function typeOf(column: Bag): string {
  const tensor = bag(column["tensor-spec"]);
  if (Object.keys(tensor).length) return `${text(tensor["dtype"])} ${JSON.stringify(tensor["shape"] ?? [])}`;
  const items = column["items"];
  const inner = items ? `<${typeOf(bag(items))}>` : "";
  return `${text(column["type"] ?? column["dtype"] ?? "")}${inner}`;
}

function bag(value: unknown): Bag {
  return typeof value === "object" && value !== null ? (value as Bag) : {};
}

function text(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
