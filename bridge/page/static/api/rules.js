// @ts-check
/**
 * What a submit may contain, read out of the description of the API: `openapi.json` of the bridge itself.
 *
 *     const description = await described();
 *     const form = formOf(description, "create");
 *     const fault = faultOf(form.fields.prompt, text);
 */

import { get } from "./client.js";

/**
 * A field. `least` and `most` count characters of a text or bytes of a file, or limit a number. It applies only where
 * all of `appliesTo` hold, if there are any. `about` is what the configuration says of it.
 *
 * @typedef {object} Rule
 * @property {string} name
 * @property {"text" | "choice" | "number" | "decimal" | "switch" | "picture" | "video"} kind
 * @property {boolean} isRequired
 * @property {number} least
 * @property {number} most
 * @property {string[]} choices
 * @property {string[]} types
 * @property {Record<string, string[]>} appliesTo
 * @property {string} about
 *
 * @typedef {{verb: string, path: string, fields: Rule[], isMultipart: boolean}} Form
 * @typedef {"missing" | "short" | "long" | "choice" | "whole" | "number" | "low" | "high" | "type" | "size"} Fault
 * @typedef {Record<string, any>} Description
 */

export const VERBS = /** @type {const} */ (["create", "create_single", "animate", "meme_face"]);
/** @type {Record<string, Rule["kind"]>} */
const KINDS = { integer: "number", number: "decimal", boolean: "switch" };
const FORM_DATA = "multipart/form-data";
const VIDEO = /^video\//;
const BLANK = /^[\p{Z}\p{Cc}\p{Cf}]*$/u;

/** @type {Promise<Description> | null} */
let asked = null;

/**
 * Return the description of the API; asked for once, and again after a failure.
 *
 * @returns {Promise<Description>}
 */
export function described() {
  asked ??= get("openapi.json").catch((error) => {
    asked = null;
    throw error;
  });
  return asked;
}

/**
 * Return the form of a verb; `row` is what the bridge lists of it.
 *
 * @param {Description} description
 * @param {string} verb
 * @param {import("./types.js").VerbRow} [row]
 * @returns {Form}
 */
export function formOf(description, verb, row) {
  const path = `v1/pixverse/${verb}`;
  const { content } = description.paths[`/${path}`].post.requestBody;
  const body = content[FORM_DATA];
  const schema = schemaOf(description, body.schema);
  const fields = Object.entries(schema.properties).map(([name, field]) => ({
    ...ruleOf(name, schemaOf(description, field), (schema.required ?? []).includes(name), body.encoding?.[name]),
    about: row?.fields.find((each) => each.name === name)?.about ?? "",
  }));
  return { verb, path, fields, isMultipart: !("application/json" in content) };
}

/**
 * Return the buttons that take a prompt.
 *
 * @param {Description} description
 * @returns {string[]}
 */
export function promptButtons(description) {
  const { content } = description.paths["/v1/pixverse/button"].post.requestBody;
  return schemaOf(description, content[FORM_DATA].schema).dependentSchemas.prompt.properties.button.enum;
}

/**
 * Return what is wrong with a value, or null.
 *
 * @param {Rule} rule
 * @param {string | File | undefined} value
 * @returns {Fault | null}
 */
export function faultOf(rule, value) {
  if (value === undefined || (typeof value === "string" && BLANK.test(value))) {
    return rule.isRequired ? "missing" : null;
  }
  if (typeof value !== "string") {
    return faultOfFile(rule, value);
  }
  if (rule.kind === "number" || rule.kind === "decimal") {
    return faultOfNumber(rule, value.trim());
  }
  if (rule.kind === "choice") {
    return rule.choices.includes(value) ? null : "choice";
  }
  return value.length > rule.most ? "long" : value.length < rule.least ? "short" : null;
}

/**
 * Return whether a field applies, given the values of the others.
 *
 * @param {Rule} rule
 * @param {Record<string, string | File | undefined>} values
 */
export function applies(rule, values) {
  return Object.entries(rule.appliesTo).every(([name, wanted]) => wanted.includes(String(values[name] ?? "")));
}

/** @param {Rule} rule */
export function isFile(rule) {
  return rule.kind === "picture" || rule.kind === "video";
}

/**
 * @param {Rule} rule
 * @param {File} file
 * @returns {Fault | null}
 */
function faultOfFile(rule, file) {
  // a browser that does not know what a file is leaves that to the bridge
  if (rule.types.length > 0 && file.type !== "" && !rule.types.includes(file.type)) {
    return "type";
  }
  return file.size > rule.most ? "size" : null;
}

/**
 * @param {Rule} rule
 * @param {string} text
 * @returns {Fault | null}
 */
function faultOfNumber(rule, text) {
  if (rule.kind === "number" && !/^-?\d{1,20}$/.test(text)) {
    return "whole";
  }
  if (!/^-?\d{1,20}(\.\d{1,20})?$/.test(text)) {
    return "number";
  }
  return Number(text) < rule.least ? "low" : Number(text) > rule.most ? "high" : null;
}

/**
 * @param {string} name
 * @param {Record<string, any>} field
 * @param {boolean} isRequired
 * @param {{contentType?: string} | undefined} encoding
 * @returns {Omit<Rule, "about">}
 */
function ruleOf(name, field, isRequired, encoding) {
  const types = encoding?.contentType?.split(/,\s*/) ?? [];
  return {
    name,
    kind: kindOf(field, types),
    isRequired,
    least: field.minimum ?? field.minLength ?? -Infinity,
    most: field.maximum ?? field.maxLength ?? Infinity,
    choices: field.enum ?? [],
    types,
    appliesTo: field["x-applies-to"] ?? {},
  };
}

/**
 * @param {Record<string, any>} field
 * @param {string[]} types
 * @returns {Rule["kind"]}
 */
function kindOf(field, types) {
  if (field.format === "binary") {
    return types.length > 0 && types.every((type) => VIDEO.test(type)) ? "video" : "picture";
  }
  return field.enum ? "choice" : (KINDS[field.type] ?? "text");
}

/**
 * Return a schema, or that which it refers to.
 *
 * @param {Description} description
 * @param {any} schema
 * @returns {any}
 */
function schemaOf(description, schema) {
  const name = schema.$ref?.split("/").at(-1);
  return name === undefined ? schema : description.components.schemas[name];
}
